import json
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from fhir.resources.R4B.bundle import Bundle
from pydicom import dcmread

from imaging.header import header
from results.fhir import write_fhir, write_outcome
from results.reading import Reading
from results.transaction import transaction
from tests.unit.results.conftest import CREATED, KEY, SAMPLE, assessment, failed, refused, result

SYSTEM = "urn:oid:1.2.3"


def of(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Entries of a type of resource."""
    return [each for each in made["entry"] if each["resource"]["resourceType"] == kind]


def references(value: Any) -> list[str]:
    """Every reference by an address."""
    if isinstance(value, dict):
        own = [value["reference"]] if "reference" in value else []
        return own + [each for inner in value.values() for each in references(inner)]
    return [each for inner in value for each in references(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("what", [assessment, refused, failed])
@pytest.mark.parametrize("system", [SYSTEM, None])
def test_a_transaction_is_one_and_every_reference_leads_to_an_entry(read, what, system):
    made = transaction(write_fhir(read(what()), system))

    Bundle.model_validate(made)
    assert made["type"] == "transaction"
    urls = {each["fullUrl"] for each in made["entry"]}
    assert set(references(made)) <= urls
    assert len(urls) == len(made["entry"])
    assert not any("id" in each["resource"] for each in made["entry"])  # a server gives its own


def test_what_is_ours_is_updated_and_what_is_the_hospitals_is_only_made_where_it_is_missing(read):
    made = transaction(write_fhir(read(), SYSTEM))

    for kind, method in {"DiagnosticReport": "PUT", "Observation": "PUT", "Device": "POST"}.items():
        assert {each["request"]["method"] for each in of(made, kind)} == {method}
    (patient,), (study,) = of(made, "Patient"), of(made, "ImagingStudy")
    film = dcmread(SAMPLE)
    assert (patient["request"]["method"], study["request"]["method"]) == ("POST", "POST")
    assert parse_qs(patient["request"]["ifNoneExist"]) == {"identifier": [f"{SYSTEM}|{film.PatientID}"]}
    named = f"urn:dicom:uid|urn:oid:{film.StudyInstanceUID}"
    assert parse_qs(study["request"]["ifNoneExist"]) == {"identifier": [named]}


def test_a_patient_whose_id_has_no_system_is_named_and_not_made(read):
    made = transaction(write_fhir(read()))

    assert of(made, "Patient") == []
    for each in (*of(made, "DiagnosticReport"), *of(made, "Observation"), *of(made, "ImagingStudy")):
        subject = each["resource"]["subject"]
        assert (subject["type"], subject["identifier"]["value"]) == ("Patient", dcmread(SAMPLE).PatientID)


def test_a_value_with_separators_is_one_value(read):
    """Source: FHIR R4, 3.1.1.3: backslash before $, comma and vertical bar; RFC 3986, 2.1."""
    film = dcmread(SAMPLE)
    film.PatientID = "a,b|c$d&e=f"

    (patient,) = of(transaction(write_fhir(read(film=film), SYSTEM)), "Patient")

    query = patient["request"]["ifNoneExist"]
    assert query.count("=") == 1 and "&" not in query
    assert unquote(query) == rf"identifier={SYSTEM}|a\,b\|c\$d&e=f"


def test_a_film_without_a_result_is_a_report_that_was_cancelled():
    made = transaction(write_outcome(header(dcmread(SAMPLE)), "gateway-away", CREATED, SYSTEM))

    assert of(made, "OperationOutcome") == []
    (report,) = of(made, "DiagnosticReport")
    assert report["resource"]["status"] == "cancelled"
    assert "gateway-away" in report["resource"]["conclusion"]
    assert report["resource"]["conclusionCode"][0]["text"] == "AI result not available"


def test_result_and_notice_of_one_film_are_one_report_and_those_of_two_films_are_two(read):
    other = dcmread(SAMPLE)
    other.SOPInstanceUID = "1.2.3"
    bundles = [write_fhir(read()), write_fhir(read(key="new")), write_outcome(header(dcmread(SAMPLE)), "x", CREATED)]

    places = [of(transaction(each), "DiagnosticReport")[0]["request"]["url"] for each in bundles]

    assert len(set(places)) == 1
    assert of(transaction(write_fhir(read(film=other))), "DiagnosticReport")[0]["request"]["url"] not in places


def test_reports_of_two_pictures_are_two(read):
    """They have no UID that could name them."""
    places = [
        of(transaction(write_fhir(Reading(None, assessment(), result(), read().film, key))), "DiagnosticReport")
        for key in (KEY, "b" * 64)
    ]

    assert places[0][0]["request"]["url"] != places[1][0]["request"]["url"]


def test_a_bundle_is_not_changed_by_becoming_a_transaction(read):
    bundle = write_fhir(read())

    assert json.loads(bundle)["type"] == "collection"
    assert transaction(bundle) == transaction(bundle)
