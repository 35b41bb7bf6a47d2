"""A number as a report, as a record and as a message: coded, with its unit and its interval."""

import json
from io import BytesIO

import highdicom as hd
import pytest
from pydicom import Dataset, dcmread

from imaging.header import header
from results.errors import NotFoundError
from results.event import write_event
from results.fhir import write_fhir
from results.measured import Measured, MeasuredTimings
from results.oru import write_oru
from results.reading import NumberReading, of_classes
from results.schema import Refusal
from results.sr import write_sr
from results.transaction import transaction
from results.whole_reading import read_whole_reading, write_whole_reading
from tests.unit.results.conftest import CREATED, KEY, SAMPLE, errors
from tests.unit.results.test_fhir import resources
from tests.unit.results.test_objects import FILMS
from tests.unit.results.test_oru import observations, parsed

BONE_AGE = {"system": "http://loinc.org", "code": "85151-9", "display": "XR Bone age"}
MONTHS = {"unit": "month", "system": "http://unitsofmeasure.org", "code": "mo"}


def measured(**changes: object) -> Measured:
    """A girl's hand of eleven years."""
    facts: dict[str, object] = {
        "id": "01JD",
        "created": CREATED,
        "asked": "bone-age",
        "outcome": "assessed",
        "value": {"months": 131.4, "interval": (104.2, 160.6)},
        "told": {"sex": "F"},
        "in_distribution": 0.98,
        "nearness": -0.1,
        "models": {"bone-age": "1.0.0"},
        "display": "as stored",
        "timings_ms": MeasuredTimings(total=1),
        "cached": False,
    }
    return Measured.model_validate(facts | changes)


def refused() -> Measured:
    """No hand."""
    refusal = Refusal(reason="not_a_hand_radiograph", detail="This does not look like a hand radiograph.")
    return measured(outcome="refused", refusal=refusal, value=None)


def reading(what: Measured | None = None, film: Dataset | None = None, key: str = KEY) -> NumberReading:
    return NumberReading(header(film or dcmread(SAMPLE)), what or measured(), key)


@pytest.mark.filterwarnings("ignore:.*is unlikely to represent the intended person name:UserWarning")  # highdicom's
@pytest.mark.parametrize("film", FILMS)
def test_report_of_a_number_of_any_film_is_what_the_standard_wants(film, tmp_path):
    assert errors(write_sr(reading(film=FILMS[film]())), tmp_path) == []


def test_report_of_a_refused_film_is_what_the_standard_wants_and_has_no_number(tmp_path):
    data = write_sr(reading(refused()))
    report = dcmread(BytesIO(data))

    assert errors(data, tmp_path) == []
    assert report.ConceptNameCodeSequence[0].CodeMeaning == "AI result not available"
    assert report.CompletionFlag == "PARTIAL"
    assert "not-a-hand-radio" in report.to_json()
    assert "85151-9" not in report.to_json() and '"mo"' not in report.to_json()


def test_report_has_the_number_with_its_code_unit_and_uncertainty_in_the_same_unit():
    report = hd.sr.srread(BytesIO(write_sr(reading())))
    groups = {each.tracking_identifier: each for each in report.content.get_image_measurement_groups()}
    (number,) = groups["Bone age"].get_measurements()

    assert (number.name.value, number.name.scheme_designator) == ("85151-9", "LN")
    assert (number.value, number.unit.value, number.unit.scheme_designator) == (131.4, "mo", "UCUM")
    ends = {
        each.ConceptNameCodeSequence[0].CodeValue: each.MeasuredValueSequence[0]
        for each in number[0].ContentSequence
        if each.RelationshipType == "HAS PROPERTIES"
    }
    assert {code: float(each.NumericValue) for code, each in ends.items()} == {"371886008": 29.2, "371885007": 27.2}
    assert {each.MeasurementUnitsCodeSequence[0].CodeValue for each in ends.values()} == {"mo"}
    assert groups["Bone age"].finding_sites[0].value.value == "85562004"
    assert "713027003" in report.to_json() and "399208008" not in report.to_json(), "a hand is no chest"
    assert "CXR Cascade bone-age" in report.to_json()


def test_report_says_in_words_what_the_interval_is_and_for_whom():
    report = dcmread(BytesIO(write_sr(reading())))
    comments = " ".join(item.TextValue for item in report.ContentSequence if item.ValueType == "TEXT")

    for said in ("Not a medical device", "131.4 months", "104.2 to 160.6 months", "90%", "sex F", "children only"):
        assert said in comments, said


def test_record_has_the_number_with_its_interval_as_a_component_and_not_as_a_reference_range():
    data = write_fhir(reading())
    (found,) = resources(data, "Observation")
    (report,) = resources(data, "DiagnosticReport")
    (device,) = resources(data, "Device")

    assert found["code"]["coding"] == [BONE_AGE]
    assert found["valueQuantity"] == {"value": 131.4} | MONTHS
    (interval,) = found["component"]
    assert interval["valueRange"] == {"low": {"value": 104.2} | MONTHS, "high": {"value": 160.6} | MONTHS}
    assert "90%" in interval["code"]["text"]
    assert "referenceRange" not in found and "conformal" in found["method"]["text"]
    assert found["bodySite"]["coding"][0]["code"] == "85562004"
    assert (report["code"]["coding"][0]["code"], report["status"]) == ("37362-1", "preliminary")
    assert "131.4 months" in report["conclusion"]
    assert device["note"][0]["text"].startswith("Stage 1 of 1.")


def test_record_of_a_refused_film_has_a_reason_and_no_value():
    (found,) = resources(write_fhir(reading(refused())), "Observation")

    assert "hand radiograph" in found["dataAbsentReason"]["text"]
    assert not [key for key in found if key.startswith("value")]


def test_record_is_also_a_transaction_for_a_server():
    made = transaction(write_fhir(reading()))

    kinds = {entry["resource"]["resourceType"]: entry["request"]["method"] for entry in made["entry"]}
    assert (kinds["Observation"], kinds["DiagnosticReport"], kinds["Device"]) == ("PUT", "PUT", "POST")


def test_message_has_the_number_and_both_ends_and_is_what_version_2_5_1_wants():
    data = write_oru(reading())
    parsed(data)
    found = observations(data)

    assert found["85151-9"][0][2:7] == ["NM", "85151-9^XR Bone age^LN", "1", "131.4", "mo^month^UCUM"]
    assert [found[end][0][5] for end in ("interval-low", "interval-high")] == ["104.2", "160.6"]
    assert b"OBR|1||" in data and b"37362-1^Bones X-ray bone age^LN" in data


def test_message_of_a_refused_film_has_no_number():
    data = write_oru(reading(refused()))
    parsed(data)

    assert not [each for each in data.decode().split("\r") if each.startswith("OBX") and "|NM|" in each]
    assert observations(data)["outcome"][0][11] == "X"


def test_event_holds_the_answer_as_the_gateway_gives_it():
    event = json.loads(write_event(reading()))

    assert event["type"] == "assessment.assessed"
    assert event["data"]["assessment"]["value"] == {"months": 131.4, "interval": [104.2, 160.6]}


@pytest.mark.parametrize("what", [measured, refused])
def test_same_film_and_answer_give_the_same_objects_and_others_another(what):
    first, again, other = (write_sr(reading(what(), key=key)) for key in (KEY, KEY, f"{KEY} M"))

    assert first == again and write_fhir(reading(what())) == write_fhir(reading(what()))
    assert dcmread(BytesIO(other)).SOPInstanceUID != dcmread(BytesIO(first)).SOPInstanceUID


def test_a_whole_reading_travels_and_comes_back_as_it_was():
    sent = NumberReading(None, measured(), KEY)

    assert read_whole_reading(write_whole_reading(sent)) == sent


def test_a_number_has_no_pictures():
    with pytest.raises(NotFoundError):
        of_classes(reading())
