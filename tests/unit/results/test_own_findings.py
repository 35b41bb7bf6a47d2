"""Findings that a hospital trained its models for, in what goes to its PACS and records."""

import json
from io import BytesIO

import highdicom as hd
import pytest

from results.amendment import Amendment
from results.amendment_fhir import write_amendment_bundle
from results.amendment_sr import read_film, write_amendment
from results.fhir import write_fhir
from results.identity import Superseded
from results.oru import write_oru
from results.schema import Assessment
from results.sr import write_sr
from tests.unit.results.conftest import assessment, errors, opinion
from vocabulary.findings import Declared

OWN = {
    "Rib_Fracture": Declared("Fracture of a rib", "SCT", "33737001"),
    "Spine": Declared("Crooked spine", "RADLEX", "RID4756"),
    "Clip": Declared("Surgical clip"),
}
CONCEPTS = {
    ("33737001", "SCT", "Fracture of a rib"),
    ("RID4756", "RADLEX", "Crooked spine"),
    ("clip", "99CXRCASCADE", "Surgical clip"),
    ("unheard-of", "99CXRCASCADE", "Unheard of"),
    ("19242006", "SCT", "Pulmonary edema"),
}


@pytest.fixture
def own(read):
    """A reading with three declared findings, one that nobody declared, and one that everybody knows."""
    return read(assessment(findings=dict.fromkeys([*OWN, "Unheard_of", "Edema"], 0.5), declared=OWN))


def test_a_structured_report_says_what_each_probability_is_of(own, tmp_path):
    data = write_sr(own)

    groups = hd.sr.srread(BytesIO(data)).content.get_image_measurement_groups()
    (found,) = [group for group in groups if group.tracking_identifier == "Findings"]
    about = [
        item.ConceptCodeSequence[0]
        for each in found.get_measurements()
        for item in each[0].ContentSequence
        if item.RelationshipType == "HAS CONCEPT MOD"
    ]
    assert {(each.CodeValue, each.CodingSchemeDesignator, each.CodeMeaning) for each in about} == CONCEPTS
    names = {each.name.meaning for each in found.get_measurements()}
    assert "Probability by AI: Fracture of a rib" in names and "Probability by AI: Unheard of" in names
    assert errors(data, tmp_path) == []


def test_a_bundle_and_a_message_say_them_in_words(own):
    entries = json.loads(write_fhir(own))["entry"]
    texts = {each["resource"]["code"]["text"] for each in entries if "valueQuantity" in each["resource"]}
    assert {f"Probability by AI: {meaning}" for _, _, meaning in CONCEPTS} <= texts

    message = write_oru(own).decode()
    assert "p-rib-fracture^Probability by AI: Fracture of a rib^99CXRCASCADE" in message


def test_a_reader_who_names_one_is_reported_with_its_code(tmp_path):
    answer = {"outcome": "assessed", "predicted_class": "no_pathology", "classifier": "1.3.0"}
    said = opinion(said={"findings": [*OWN], "shapes": []})
    declared = {name: vars(each) for name, each in OWN.items()}
    given = Amendment.model_validate_json(json.dumps(said | {"answer": answer | {"declared": declared}}))

    film = read_film(given)
    report = write_amendment(film, given, [])
    bundle = write_amendment_bundle(film, given, Superseded("1.2.3", "1.2.4"))

    groups = hd.sr.srread(BytesIO(report)).content.get_image_measurement_groups()
    assert {"33737001", "RID4756", "clip"} <= {each.finding_type.value for each in groups if each.finding_type}
    assert '"http://radlex.org"' in bundle.decode() and "Fracture of a rib" in bundle.decode()
    assert errors(report, tmp_path) == []


def test_what_declares_nothing_is_written_as_before():
    plain = assessment()

    assert "declared" not in json.loads(plain.model_dump_json())
    assert Assessment.model_validate_json(plain.model_dump_json()) == plain
