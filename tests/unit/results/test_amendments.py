"""What readers say, as DICOM reports and FHIR Bundles."""

import json
from io import BytesIO

import highdicom as hd
import numpy as np
import pytest
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError
from pydicom import dcmread

from results.amendment_fhir import write_amendment_bundle
from results.amendment_sr import read_film, superseded, write_amendment
from results.fhir import write_fhir
from results.identity import Superseded
from results.sr import write_sr
from tests.unit.results.conftest import SAMPLE, amendment, errors
from tests.unit.results.test_objects import FILMS

AI = Superseded("2.25.1", "2.25.2")
RIGHT_TO_LEFT = "\u202eDr. \x00Evil^Twin=X\\Y\r\n\u2066"
HOSTILE = {
    "reader": {"id": "x", "name": RIGHT_TO_LEFT + "B" * 150},
    "said": {
        "comment": "<script>alert(1)</script>\x1b[31m \\ ^ = \u202e\ud83d\ude00\n" + "ä" * 3900,
        "label": "x" * 32,
    },
}


def report(given, before=(AI,)):
    return write_amendment(read_film(given), given, list(before))


def bundle(given):
    return write_amendment_bundle(read_film(given), given, AI)


def resources(data: bytes, kind: str) -> list[dict]:
    Bundle.model_validate_json(data)
    return [each["resource"] for each in json.loads(data)["entry"] if each["resource"]["resourceType"] == kind]


def groups(data: bytes) -> dict[str, hd.sr.MeasurementsAndQualitativeEvaluations]:
    found = hd.sr.srread(BytesIO(data)).content.get_image_measurement_groups()
    return {each.tracking_identifier: each for each in found}


def codes(data: bytes) -> set[str]:
    """Of every finding, wherever in the report."""
    content = hd.sr.srread(BytesIO(data)).content
    found = [*content.get_image_measurement_groups(), *content.get_planar_roi_measurement_groups()]
    return {each.finding_type.value for each in found if each.finding_type}


@pytest.mark.filterwarnings("ignore:.*is unlikely to represent the intended person name:UserWarning")  # of the film
@pytest.mark.parametrize("film", FILMS)
def test_amendment_of_any_film_is_what_the_standard_wants(film, tmp_path):
    given = amendment(film=FILMS[film]())

    assert errors(report(given), tmp_path) == []
    assert len(resources(bundle(given), "DiagnosticReport")) == 1


@pytest.mark.parametrize(
    "changes",
    [HOSTILE, {"reader": {"id": "x", "name": "山田 太郎"}}, {"said": {"sureness": "unsure"}}, {"withdrawn": True}],
)
def test_amendment_of_any_opinion_is_what_the_standard_wants(changes, tmp_path):
    given = amendment(**changes)

    assert errors(report(given), tmp_path) == []
    assert hd.sr.srread(BytesIO(report(given))).VerificationFlag == "UNVERIFIED"
    assert len(resources(bundle(given), "Practitioner")) == 1


def test_report_is_the_readers_and_says_that_nobody_signed_it():
    made = dcmread(BytesIO(report(amendment())))
    context = {each.ConceptNameCodeSequence[0].CodeMeaning: each for each in made.ContentSequence}
    comments = [each.TextValue for each in made.ContentSequence if each.ValueType == "TEXT"]

    assert context["Observer Type"].ConceptCodeSequence[0].CodeMeaning == "Person"
    assert str(context["Person Observer Name"].PersonName).startswith("Dr. Zoë Müller")
    assert (made.CompletionFlag, made.VerificationFlag, made.PreliminaryFlag) == (
        "COMPLETE",
        "UNVERIFIED",
        "PRELIMINARY",
    )
    assert "nobody signed" in comments[0]
    assert comments[1:] == ["Left base."]
    assert (made.Manufacturer, made.StudyInstanceUID) == ("CXR Cascade", dcmread(SAMPLE).StudyInstanceUID)


def test_condition_that_a_reader_sees_is_coded_as_a_finding():
    assert {"64667001", "60046008", "hernia"} == codes(report(amendment()))


@pytest.mark.parametrize("said", [{"sureness": "unsure"}, {"label": "no_pathology", "findings": [], "shapes": []}])
def test_condition_that_is_not_surely_there_is_found_by_nobody_who_looks_for_it(said):
    given = amendment(said=said)
    seen = resources(bundle(given), "DiagnosticReport")[0].get("conclusionCode")

    assert codes(report(given)) == set()
    assert seen is None
    assert "17621005" not in report(given).decode("latin-1")  # SNOMED CT: normal


def test_report_says_label_agreement_verdicts_and_when():
    answers = {
        each.name.meaning: each.value.meaning
        for each in groups(report(amendment()))["Reader"].get_qualitative_evaluations()
    }

    assert answers == {
        "What the reader calls the film": "Interstitial pneumonia",
        "Agreement with the AI's class": "Disagrees",
        "The AI's heat map": "Wrong",
        "How sure the reader is": "Sure",
        "When it was said": "When the AI's result could be seen",
    }


def test_report_repeats_what_the_ai_said_as_the_ai_said_it():
    answer = groups(report(amendment()))["AI"]
    told = {each.name.meaning: each.value.meaning for each in answer.get_qualitative_evaluations()}

    assert told == {"AI outcome": "Image was assessed", "Most probable class": "No pathology known to the AI"}
    assert answer.finding_type is None
    assert "1.3.0" in report(amendment()).decode("latin-1")


def test_shapes_lie_in_the_stored_films_pixels_closed_and_within_it():
    film = dcmread(SAMPLE)
    film.Rows, film.Columns = 768, 320  # twice as many rows as the film has as shown
    outside = {"kind": "freehand", "points": [[-1, -1], [321, 0], [321, 385]]}
    given = amendment(film=film, said={"shapes": [{"kind": "box", "points": [[30, 50], [10, 20]]}, outside]})

    regions = hd.sr.srread(BytesIO(report(given))).content.get_planar_roi_measurement_groups()
    box, freehand = (each.roi.value for each in regions)

    assert box.tolist() == [[10, 40], [30, 40], [30, 100], [10, 100], [10, 40]]
    assert freehand.min() == 0
    assert np.array_equal(freehand.max(axis=0), [320, 768])
    assert np.array_equal(freehand[0], freehand[-1])
    assert {each.roi.graphic_type.value for each in regions} == {"POLYLINE"}


def test_report_names_the_ais_and_the_readers_earlier_one_as_predecessors():
    first = amendment()
    second = amendment(supersedes=str(first.key))
    before = superseded(read_film(second), second)
    made = dcmread(BytesIO(report(second, [AI, before])))

    (study,) = made.PredecessorDocumentsSequence
    named = [each.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for each in study.ReferencedSeriesSequence]
    earlier = dcmread(BytesIO(report(first)))
    assert named == [AI.sop_instance_uid, earlier.SOPInstanceUID]
    assert before.series_instance_uid == earlier.SeriesInstanceUID


def test_same_amendment_gives_the_same_objects_and_another_one_others():
    given = amendment()

    assert report(given) == report(given)
    assert bundle(given) == bundle(given)
    assert dcmread(BytesIO(report(given))).SOPInstanceUID != dcmread(BytesIO(report(amendment()))).SOPInstanceUID


def test_withdrawn_opinion_says_so_and_nothing_of_what_it_said():
    given = amendment(withdrawn=True)
    made = dcmread(BytesIO(report(given)))
    (told,) = resources(bundle(given), "DiagnosticReport")

    assert made.ConceptNameCodeSequence[0].CodeMeaning == "Reader's opinion withdrawn"
    assert made.CompletionFlag == "PARTIAL"
    assert codes(report(given)) == set()
    assert told["status"] == "entered-in-error"
    assert "Withdrawn" in told["conclusion"]
    assert resources(bundle(given), "Observation") == []


def test_bundle_of_a_changed_opinion_is_the_same_report_again_and_preliminary():
    first, second = (resources(bundle(amendment()), "DiagnosticReport")[0] for _ in range(2))
    other = resources(bundle(amendment(reader={"id": "other", "name": "B"})), "DiagnosticReport")[0]

    assert first["id"] == second["id"] != other["id"]
    assert first["identifier"][0] == second["identifier"][0]
    assert first["identifier"][1] != second["identifier"][1]
    assert first["status"] == "preliminary"


def test_bundle_names_the_ais_report_by_the_identifier_that_it_has(read):
    answer = dcmread(BytesIO(write_sr(read())))
    (of_ai,) = resources(write_fhir(read()), "DiagnosticReport")
    given = amendment()
    data = write_amendment_bundle(read_film(given), given, Superseded(answer.SOPInstanceUID, answer.SeriesInstanceUID))
    (told,) = resources(data, "DiagnosticReport")

    (extension,) = told["extension"]
    assert extension["valueReference"]["identifier"] == of_ai["identifier"][0]
    assert [each["code"] for code in told["conclusionCode"] for each in code["coding"]] == [
        "64667001",
        "60046008",
        "hernia",
    ]


def test_references_of_a_bundle_lead_to_its_own_resources():
    data = bundle(amendment())
    urls = {each["fullUrl"] for each in json.loads(data)["entry"]}
    (told,) = resources(data, "DiagnosticReport")

    referred = [*told["result"], *told["resultsInterpreter"], *told["imagingStudy"], told["subject"]]
    assert {each["reference"] for each in referred} <= urls
    assert {each["status"] for each in resources(data, "Observation")} == {"preliminary"}


def test_hostile_text_is_text_and_reads_as_it_was_written():
    given = amendment(**HOSTILE)
    data = report(given)
    name = next(each.PersonName for each in dcmread(BytesIO(data)).ContentSequence if each.ValueType == "PNAME")
    (comment,) = [each for each in resources(bundle(given), "Observation") if "valueString" in each]

    assert str(name).startswith("Dr. Evil Twin X Y")
    assert len(str(name)) <= 64
    assert "<script>alert(1)</script>[31m \\ ^ =" in comment["valueString"]
    assert not {"\u202e", "\x1b", "\x00"} & set(given.reader.name + comment["valueString"])
    assert "script" not in str(resources(bundle(given), "DiagnosticReport"))


def test_reader_whose_name_is_nothing_still_has_one():
    assert amendment(reader={"id": "x", "name": "\u202e\x00"}).reader.name == "Unnamed reader"


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "1"},
        {"reader": {"id": "x"}},
        {"reader": {"id": "x", "name": "B", "password": "p"}},
        {"said": {"shapes": [{"kind": "box", "points": [[1, 1]]}]}},
        {"said": {"shapes": [{"kind": "box", "points": [[1, 1], [1, "NaN"]]}]}},
        {"said": {"label": "a b"}},
        {"rows": 0},
        {"at": "2026-01-01T00:00:00"},
        {"colour": "red"},
    ],
)
def test_amendment_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        amendment(**wrong)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"00080018": {"vr": "UI", "Value": ["not a uid"]}},
        {"00080018": {"vr": "SQ", "Value": ["x"]}},
        {"zzz": 1},
        {"00100010": {"vr": "PN", "Value": [{"Alphabetic": 7}]}},
    ],
)
def test_header_that_names_no_film_is_refused(header):
    with pytest.raises(ValueError, match="header"):
        read_film(amendment(header=header))
