"""Cautions and conflicts reach the report and FHIR as codes."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from results.fhir import write_fhir
from results.schema import Caution, Conflict
from results.sr import write_sr
from tests.unit.results.conftest import assessment, errors
from tests.unit.results.test_fhir import resources
from vocabulary.cautions import CAUTION, CAUTIONS, CONFLICTS
from vocabulary.code import OUR_SCHEME

SERVICES = Path(__file__).parents[3] / "services"
CAUTIONED = {
    "cautions": [Caution(code=code, detail=f"Because of {code}.") for code in CAUTIONS],
    "conflicts": [
        Conflict(attribute=attribute, stated="LL", seen="frontal", detail="Look.")
        for attribute in ("ViewPosition", "BodyPartExamined")
    ],
}
EXPECTED = sorted(code.value for code in {*CAUTIONS.values(), *CONFLICTS.values()})


def coded(data):
    """Values of the report's evaluations that are reasons to trust it less."""
    found, waiting = [], list(dcmread(BytesIO(data)).ContentSequence)
    while waiting:
        item = waiting.pop()
        waiting += item.get("ContentSequence", [])
        if item.ValueType == "CODE" and item.ConceptNameCodeSequence[0].CodeValue == CAUTION.value:
            found.append(item.ConceptCodeSequence[0].CodeValue)
    return sorted(found)


def test_the_report_has_each_as_a_code_and_is_still_valid(read, tmp_path):
    data = write_sr(read(assessment(**CAUTIONED)))

    assert coded(data) == EXPECTED
    assert errors(data, tmp_path) == []


def test_fhir_has_an_observation_of_each(read):
    found = [
        each["valueCodeableConcept"]
        for each in resources(write_fhir(read(assessment(**CAUTIONED))), "Observation")
        if each["code"]["coding"][0]["code"] == CAUTION.value
    ]

    assert sorted(each["coding"][0]["code"] for each in found) == EXPECTED
    assert "Because of low_resolution." in [each["text"] for each in found]


@pytest.mark.parametrize("write", [write_sr, write_fhir])
def test_a_caution_of_a_later_version_is_text_alone(read, write):
    later = [Caution(code="of_a_later_version", detail="Something else is odd.")]

    assert b"Something else is odd." in write(read(assessment(cautions=later)))


def test_every_caution_that_is_given_has_a_code():
    written = [path.read_text() for name in ("imaging", "gateway") for path in (SERVICES / name).rglob("*.py")]
    given = {code for text in written for code in re.findall(r'(?:Doubt\(|code=)"([a-z_]+)"', text)}

    assert given == set(CAUTIONS)


def test_codes_fit_into_dicom():
    # PS3.3, 8.8: SH, 16 characters, and LO, 64
    for code in (CAUTION, *CAUTIONS.values(), *CONFLICTS.values()):
        assert len(code.value) <= 16
        assert len(code.meaning) <= 64
        assert code.scheme == OUR_SCHEME
