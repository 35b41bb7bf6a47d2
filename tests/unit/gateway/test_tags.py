import pytest
from pydicom import Dataset

from gateway.tags import age_years, cautions, conflicts
from results.schema import Gate, Refusal
from vocabulary.refusals import REFUSALS

FRONTAL = Gate(in_distribution=0.99, frontal=0.99, upright=0.99, positive=0.99)
HAND = ("AnatomicRegionSequence", "85562004", "chest")
CHEST = ("AnatomicRegionSequence", "816094009", "other")
LATERAL = Gate(in_distribution=0.99, frontal=0.01, upright=0.99, positive=0.99)


def film(**attributes: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def code(value: str) -> list[Dataset]:
    return [film(CodeValue=value, CodingSchemeDesignator="SCT", CodeMeaning="x")]


def refusal(reason: str) -> Refusal:
    return Refusal(reason=reason, detail=REFUSALS[reason].advice)


@pytest.mark.parametrize(
    ("header", "gate", "reason", "expected"),
    [
        (film(ViewPosition="PA"), FRONTAL, None, []),
        (film(ViewPosition="ap "), FRONTAL, None, []),
        (film(ViewPosition="LL"), FRONTAL, None, [("ViewPosition", "LL", "frontal")]),
        (film(ViewPosition="LATERAL"), FRONTAL, None, [("ViewPosition", "LATERAL", "frontal")]),
        (film(ViewPosition="LL"), LATERAL, "lateral_view", []),
        (film(ViewPosition="PA"), LATERAL, "lateral_view", [("ViewPosition", "PA", "lateral")]),
        (film(ViewPosition="LLD"), FRONTAL, None, []),
        (film(ViewPosition=""), FRONTAL, None, []),
        (film(ViewPosition="XX"), FRONTAL, None, []),
        (film(), FRONTAL, None, []),
        (film(ViewCodeSequence=code("399067008")), FRONTAL, None, [("ViewCodeSequence", "399067008", "frontal")]),
        (film(ViewCodeSequence=code("R-102CD")), FRONTAL, None, [("ViewCodeSequence", "399067008", "frontal")]),
        (film(ViewCodeSequence=code("R-10214")), FRONTAL, None, []),
        (film(ViewPosition="PA", ViewCodeSequence=code("399067008")), FRONTAL, None, []),
        (film(ViewPosition="LLD", ViewCodeSequence=code("399348003")), FRONTAL, None, []),
        (film(BodyPartExamined="CHEST"), FRONTAL, None, []),
        (film(BodyPartExamined="Chest PA"), FRONTAL, None, []),
        (film(BodyPartExamined="THORAX"), FRONTAL, None, []),
        (film(BodyPartExamined="HAND"), FRONTAL, None, [("BodyPartExamined", "HAND", "chest")]),
        (film(BodyPartExamined="HAND"), FRONTAL, "not_a_chest_radiograph", []),
        (
            film(BodyPartExamined="CHEST"),
            FRONTAL,
            "not_a_chest_radiograph",
            [("BodyPartExamined", "CHEST", "other")],
        ),
        (film(BodyPartExamined="RIBS"), FRONTAL, None, []),
        (film(BodyPartExamined="UNKNOWN"), FRONTAL, None, []),
        (film(BodyPartExamined="PORTABLE"), FRONTAL, None, []),
        (film(BodyPartExamined="XR", AnatomicRegionSequence=code("85562004")), FRONTAL, None, [HAND]),
        (film(AnatomicRegionSequence=code("51185008")), FRONTAL, None, []),
        (film(AnatomicRegionSequence=code("816094009")), FRONTAL, None, []),
        (film(AnatomicRegionSequence=code("T-D3000")), FRONTAL, None, []),
        (film(AnatomicRegionSequence=code("421060004")), FRONTAL, None, []),
        (film(AnatomicRegionSequence=code("T-D8700")), FRONTAL, None, [HAND]),
        (film(AnatomicRegionSequence=code("85562004")), FRONTAL, None, [HAND]),
        (film(AnatomicRegionSequence=code("816094009")), FRONTAL, "not_a_chest_radiograph", [CHEST]),
        (film(ViewPosition="LL", BodyPartExamined="HAND"), None, None, []),
    ],
)
def test_header_that_contradicts_the_pixels_is_told(header, gate, reason, expected):
    found = conflicts(header, gate, refusal(reason) if reason else None)

    assert [(each.attribute, each.stated, each.seen) for each in found] == expected


@pytest.mark.parametrize(
    ("header", "years"),
    [
        (film(PatientAge="034Y"), 34),
        (film(PatientAge="018M"), 1.5),
        (film(PatientAge="010W"), 0.19),
        (film(PatientAge="005D"), 0.01),
        (film(PatientAge="old", PatientBirthDate="20200101", StudyDate="20230101"), 3),
        (film(PatientBirthDate="19800101", AcquisitionDate="20200101", StudyDate="19000101"), 40),
        (film(PatientBirthDate="20010301", StudyDate="20190301"), 18),
        (film(PatientBirthDate="20010301", StudyDate="20190228"), 17),
        (film(PatientBirthDate="20200101"), None),
        (film(PatientBirthDate="2020", StudyDate="20230101"), None),
        (film(PatientBirthDate="20230101", StudyDate="20200101"), None),
        (film(), None),
    ],
)
def test_age_is_read_from_whatever_tells_it(header, years):
    assert age_years(header) == (years if years is None else pytest.approx(years, abs=0.01))


@pytest.mark.parametrize(
    ("age", "population", "expected"),
    [
        ("017Y", "adults", ["child"]),
        ("018Y", "adults", []),
        ("018Y", "children", ["adult"]),
        ("017Y", "children", []),
        ("017Y", "", []),
        ("080Y", "", []),
        ("", "adults", []),
    ],
)
def test_patient_of_another_age_than_the_models_were_evaluated_on_is_a_caution(age, population, expected):
    found = cautions(film(PatientAge=age), population)

    assert [each.code for each in found] == expected
    assert not any(character.isdigit() for each in found for character in each.detail)
