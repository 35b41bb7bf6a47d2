"""What results say of a film that was refused and assessed all the same."""

import json
from io import BytesIO

from pydicom import dcmread

from results import legend
from results.fhir import write_fhir
from results.schema import Assessment, Caution, Refusal
from results.sr import write_sr
from tests.unit.results.conftest import assessment, errors
from vocabulary.refusals import REFUSALS

TOLD = "It was refused, and assessed because a doctor asked for it."


def overridden() -> Assessment:
    refusal = Refusal(reason="rotated", detail=REFUSALS["rotated"].advice)
    return assessment(refusal=refusal, cautions=[Caution(code="refusal_overridden", detail=TOLD)])


def test_report_has_its_classes_the_overridden_reason_and_the_caution(read, tmp_path):
    data = write_sr(read(overridden()))
    report = dcmread(BytesIO(data))
    text = report.to_json()

    assert errors(data, tmp_path) == []
    assert report.ConceptNameCodeSequence[0].CodeMeaning == "Imaging Measurement Report"
    assert "Reason of refusal that was overridden by a doctor" in text and '"Rotated"' in text
    assert f"Caution: {TOLD}" in text
    assert "Interstitial pneumonia" in text and "not available" not in text


def test_every_observation_and_the_conclusion_of_the_record_say_so(read):
    resources = [entry["resource"] for entry in json.loads(write_fhir(read(overridden())))["entry"]]
    observations = [each for each in resources if each["resourceType"] == "Observation"]
    (report,) = (each for each in resources if each["resourceType"] == "DiagnosticReport")

    assert len(observations) == 8  # classes, findings, lung quality, a conflict and a caution
    assert all(TOLD in [note["text"] for note in each["note"]] for each in observations)
    assert all("dataAbsentReason" not in each for each in observations)
    assert f"Caution: {TOLD}" in report["conclusion"] and "Probabilities:" in report["conclusion"]
    assert "not available" not in report["conclusion"]


def test_legend_under_the_overlay_says_so_beside_the_classes():
    lines = " ".join(text for text, _ in legend._lines(overridden(), 1024))

    assert f"Caution: {TOLD}" in lines and "interstitial pneumonia" in lines
    assert "NOT AVAILABLE" not in lines
