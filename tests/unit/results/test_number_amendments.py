"""What readers say of films of which a number is asked, as DICOM reports and FHIR Bundles."""

import json
from io import BytesIO

import highdicom as hd
import pytest
from pydantic import ValidationError
from pydicom import dcmread

from results.amendment import Amendment
from results.amendment_fhir import write_amendment_bundle
from results.amendment_number import check_asked
from results.amendment_sr import read_film, superseded, write_amendment
from results.identity import Superseded
from results.transaction import transaction
from tests.unit.results.conftest import errors, number_opinion, opinion
from tests.unit.results.test_amendments import groups, resources
from tests.unit.results.test_numbers import BONE_AGE, MONTHS
from tests.unit.results.test_objects import FILMS

AI = Superseded("2.25.1", "2.25.2")
REFUSED = {"outcome": "refused", "refusal": "not_a_hand_radiograph", "asked": "bone-age", "version": "1.0.0"}
NOT_ASKED = "of this film a number is asked, and no class or finding"


def amendment(**changes):
    given = Amendment.model_validate_json(json.dumps(number_opinion(**changes)))
    check_asked(given)
    return given


def report(given, before=(AI,)):
    return write_amendment(read_film(given), given, list(before))


def bundle(given):
    return write_amendment_bundle(read_film(given), given, AI)


def measured(data, name):
    """The number in a group of a report, and the group."""
    group = groups(data)[name]
    (number,) = group.get_measurements()
    assert group.finding_sites[0].value.value == "85562004"
    assert (number.name.value, number.name.scheme_designator) == ("85151-9", "LN")
    assert (number.unit.value, number.unit.scheme_designator) == ("mo", "UCUM")
    return number, group


def told(group):
    return {each.name.meaning: each.value.meaning for each in group.get_qualitative_evaluations()}


@pytest.mark.filterwarnings("ignore:.*is unlikely to represent the intended person name:UserWarning")  # of the film
@pytest.mark.parametrize("film", FILMS)
def test_amendment_of_a_number_of_any_film_is_what_the_standard_wants(film, tmp_path):
    given = amendment(film=FILMS[film]())

    assert errors(report(given), tmp_path) == []
    assert len(resources(bundle(given), "DiagnosticReport")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"said": None},
        {"answer": REFUSED, "months": None},
        {"answer": REFUSED},
        {"said": {"refusal": "wrong", "shapes": [{"kind": "box", "points": [[1, 1], [9, 9]]}]}},
    ],
)
def test_amendment_of_any_opinion_of_a_hand_is_what_the_standard_wants(changes, tmp_path):
    given = amendment(**changes)

    assert errors(report(given), tmp_path) == []
    assert len(resources(bundle(given), "Practitioner")) == 1


def test_report_has_the_readers_number_as_a_persons_measurement_that_nobody_signed():
    data = report(amendment())
    made = dcmread(BytesIO(data))
    context = {each.ConceptNameCodeSequence[0].CodeMeaning: each for each in made.ContentSequence}
    number, group = measured(data, "Reader")

    assert number.value == 118.5
    assert told(group) == {
        "The reader's number in the AI's interval": "Inside",
        "How sure the reader is": "Sure",
        "When it was said": "Before the AI's result was seen",
    }
    assert context["Observer Type"].ConceptCodeSequence[0].CodeMeaning == "Person"
    flags = made.CompletionFlag, made.VerificationFlag, made.PreliminaryFlag
    assert flags == ("COMPLETE", "UNVERIFIED", "PRELIMINARY")
    assert "713027003" in made.to_json() and "399208008" not in made.to_json(), "a hand is no chest"


def test_report_repeats_the_models_number_with_its_interval_and_names_the_predecessors():
    first = amendment()
    second = amendment(supersedes=str(first.key))
    data = report(second, [AI, superseded(read_film(second), second)])
    made = dcmread(BytesIO(data))
    number, group = measured(data, "AI")
    ends = {
        each.ConceptNameCodeSequence[0].CodeValue: float(each.MeasuredValueSequence[0].NumericValue)
        for each in number[0].ContentSequence
        if each.RelationshipType == "HAS PROPERTIES"
    }
    (study,) = made.PredecessorDocumentsSequence
    named = [each.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for each in study.ReferencedSeriesSequence]
    comments = [each.TextValue for each in made.ContentSequence if each.ValueType == "TEXT"]

    assert (number.value, ends) == (131.4, {"371886008": 29.2, "371885007": 27.2})
    assert told(group) == {"AI outcome": "Image was assessed"}
    assert "CXR Cascade bone-age" in made.to_json() and "1.0.0" in made.to_json()
    assert named == [AI.sop_instance_uid, dcmread(BytesIO(report(first))).SOPInstanceUID]
    assert comments[1].startswith("The AI's answer: Bone age: 131.4 months. 104.2 to 160.6 months hold")
    assert comments[2:] == ["Fused early."]


def test_report_of_a_number_where_the_model_refused_the_film_has_the_readers_alone():
    data = report(amendment(answer=REFUSED))

    assert measured(data, "Reader")[0].value == 118.5
    assert groups(data)["AI"].get_measurements() == []
    assert told(groups(data)["AI"])["AI outcome"] == "AI result not available: the image was refused"


def test_record_has_the_readers_number_as_an_observation_of_that_reader_and_stays_preliminary():
    data = bundle(amendment())
    (found,) = [each for each in resources(data, "Observation") if "valueQuantity" in each]
    (made,) = resources(data, "DiagnosticReport")
    (reader,) = resources(data, "Practitioner")

    assert found["code"]["coding"] == [BONE_AGE]
    assert found["valueQuantity"] == {"value": 118.5} | MONTHS
    assert found["performer"] == [{"reference": f"urn:uuid:{reader['id']}"}]
    assert found["bodySite"]["coding"][0]["code"] == "85562004"
    assert "method" not in found and "component" not in found, "these are the model's"
    assert (made["code"]["coding"][0]["code"], made["status"]) == ("37362-1", "preliminary")
    assert {"reference": f"urn:uuid:{found['id']}"} in made["result"]
    assert "Bone age as the reader sees it: 118.5 months." in made["conclusion"]
    assert "The AI's answer: Bone age: 131.4 months. 104.2 to 160.6 months hold" in made["conclusion"]
    assert made["extension"][0]["valueReference"]["identifier"]["value"] == f"urn:oid:{AI.sop_instance_uid}"


def test_record_of_a_changed_number_takes_the_place_of_the_one_before():
    made = [transaction(bundle(amendment(months=months))) for months in (118.5, 124)]
    asked = [
        each["request"]["url"] for entries in made for each in entries["entry"] if "valueQuantity" in each["resource"]
    ]

    assert len(asked) == 2 and asked[0] == asked[1]


def test_withdrawn_number_says_so_and_nothing_of_what_it_was():
    given = amendment(said=None)
    made = hd.sr.srread(BytesIO(report(given)))
    (record,) = resources(bundle(given), "DiagnosticReport")

    assert made.ConceptNameCodeSequence[0].CodeMeaning == "Reader's opinion withdrawn"
    assert "118.5" not in made.to_json() and "118.5" not in bundle(given).decode()
    assert (record["status"], record["code"]["coding"][0]["code"]) == ("entered-in-error", "37362-1")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (number_opinion(said={"label": "no_pathology"}), NOT_ASKED),
        (number_opinion(said={"findings": ["Effusion"]}), NOT_ASKED),
        (number_opinion(said={"shapes": [{"kind": "lung", "points": [[1, 1], [2, 2]]}]}), NOT_ASKED),
        (number_opinion(answer=REFUSED | {"predicted_class": "no_pathology"}), NOT_ASKED),
        (number_opinion(months=-0.5), "the number is not between 0 and 240 months"),
        (number_opinion(months=240.5), "the number is not between 0 and 240 months"),
        (number_opinion(said={"value": {"years": 9.5}}), "the number is not in months"),
        (
            number_opinion(answer=REFUSED | {"value": {"months": 9.5}}),
            "the AI's number is not in months, or has no interval",
        ),
        (number_opinion(answer=REFUSED | {"asked": "shoe-size"}), "the problem is not known here"),
        (opinion(said={"value": {"months": 9.5}}), "of this film no number is asked"),
        (opinion(answer={"outcome": "assessed", "value": {"months": 9.5}}), "of this film no number is asked"),
    ],
)
def test_what_was_not_asked_of_the_film_is_refused_with_the_reason(given, why):
    with pytest.raises(ValueError, match=f"^{why}$"):
        check_asked(Amendment.model_validate_json(json.dumps(given)))


@pytest.mark.parametrize("value", [{}, {"months": "NaN"}, {"months": 1, "years": 2}, {"months": [1, 2]}, 118.5])
def test_number_that_is_none_is_refused(value):
    with pytest.raises(ValidationError):
        amendment(said={"value": value})


def test_amendment_of_a_class_is_told_as_before_so_that_an_older_listener_takes_it():
    told = json.loads(Amendment.model_validate(opinion()).model_dump_json())

    assert not {"asked", "value", "version"} & (told["answer"].keys() | told["said"].keys())
