import json

import pytest
from fhir.resources.R4B.bundle import Bundle
from pydicom import dcmread

from imaging.header import header
from results.fhir import write_fhir, write_outcome
from results.reading import Reading
from tests.unit.results.conftest import CREATED, KEY, SAMPLE, assessment, failed, refused, result


def resources(data: bytes, kind: str) -> list[dict]:
    Bundle.model_validate_json(data)
    entries = json.loads(data)["entry"]
    return [entry["resource"] for entry in entries if entry["resource"]["resourceType"] == kind]


def test_bundle_says_each_class_and_finding_with_its_probability(read):
    found = resources(write_fhir(read()), "Observation")

    measured = [each for each in found if "valueQuantity" in each]  # the others are cautions
    values = {each["code"]["coding"][0]["display"]: each["valueQuantity"]["value"] for each in measured}
    assert values["Probability by AI: Interstitial pneumonia"] == 0.71
    assert values["Probability by AI: Pneumonia"] == 0.62
    assert len(values) == 6


def test_report_is_preliminary_and_refers_to_observations_study_and_patient(read):
    data = write_fhir(read())
    (report,) = resources(data, "DiagnosticReport")
    urls = {entry["fullUrl"] for entry in json.loads(data)["entry"]}

    assert report["status"] == "preliminary"
    assert "Not a medical device" in report["conclusion"]
    assert "Conflict: Says lateral." in report["conclusion"]
    referred = [each["reference"] for each in (*report["result"], *report["imagingStudy"], report["subject"])]
    assert set(referred) <= urls
    (study,) = resources(data, "ImagingStudy")
    assert study["identifier"][0]["value"] == f"urn:oid:{dcmread(SAMPLE).StudyInstanceUID}"
    assert len(resources(data, "Device")) == 3


def test_refused_film_has_a_reason_and_no_value(read):
    data = write_fhir(read(refused()))
    (observation,) = resources(data, "Observation")

    assert "rotated" in observation["dataAbsentReason"]["text"]
    assert not [key for key in observation if key.startswith("value")]
    assert "robabilities" not in resources(data, "DiagnosticReport")[0]["conclusion"]


def test_failed_assessment_is_an_operation_outcome(read):
    data = write_fhir(read(failed()))

    assert resources(data, "DiagnosticReport") == []
    assert "stage-timeout" in resources(data, "OperationOutcome")[0]["issue"][0]["diagnostics"]


def test_outcome_that_there_is_no_result_names_the_reason_and_the_study():
    data = write_outcome(header(dcmread(SAMPLE)), "gateway-away", CREATED)

    assert "gateway-away" in resources(data, "OperationOutcome")[0]["issue"][0]["diagnostics"]
    assert len(resources(data, "ImagingStudy")) == 1


def test_picture_has_neither_patient_nor_study(read):
    data = write_fhir(Reading(None, assessment(), result(), read().film, KEY))

    assert resources(data, "Patient") == resources(data, "ImagingStudy") == []
    assert "subject" not in resources(data, "DiagnosticReport")[0]


@pytest.mark.parametrize("what", [assessment, refused, failed])
def test_same_film_and_models_give_the_same_ids_and_no_value_is_empty(read, what):
    first, second = write_fhir(read(what())), write_fhir(read(what()))

    assert first == second
    assert b"null" not in first
    assert b"NaN" not in first
