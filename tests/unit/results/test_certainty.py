"""Whether the models are sure, in words."""

import pytest

from results.certainty import possible, unsure
from results.fhir import write_fhir
from results.sr import write_sr
from tests.unit.results.conftest import assessment

THREE = {"interstitial_pneumonia": 0.5, "other_pathology": 0.3, "no_pathology": 0.2}


def test_a_class_is_possible_from_its_operating_point_on() -> None:
    assert possible(THREE, {"interstitial_pneumonia": 0.5, "other_pathology": 0.31, "no_pathology": 0.1}) == [
        "interstitial_pneumonia",
        "no_pathology",
    ]


def test_a_class_without_a_point_is_never_possible_and_without_points_nobody_knows() -> None:
    assert possible(THREE, {"no_pathology": 0.3}) == []
    assert possible(THREE, {}) is None


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (None, None),
        (["no_pathology"], None),
        ([], "Not sure: no class is probable enough."),
        (["interstitial_pneumonia", "other_pathology"], "Not sure: interstitial pneumonia or other pathology."),
    ],
)
def test_only_exactly_one_possible_class_is_sure(classes: list[str] | None, expected: str | None) -> None:
    assert unsure(classes) == expected


def test_the_reports_of_a_film_say_that_the_models_are_not_sure(read) -> None:
    reading = read(assessment(possible_classes=["interstitial_pneumonia", "no_pathology"]))
    said = "Not sure: interstitial pneumonia or no pathology."

    assert said.encode() in write_sr(reading)
    assert said.encode() in write_fhir(reading)
    assert b"Not sure" not in write_fhir(read(assessment(possible_classes=["no_pathology"])))
