"""The models' answer in words."""

import pytest

from review.verdict import percent, verdict

NORMAL, OTHER, INTERSTITIAL = "no_pathology", "other_pathology", "interstitial_pneumonia"


def answer(*possible: str, **classes: float) -> dict:
    return {
        "outcome": "assessed",
        "classes": {NORMAL: 0.2, OTHER: 0.5, INTERSTITIAL: 0.3} | classes,
        "possible_classes": list(possible),
        "predicted_class": OTHER,
    }


@pytest.mark.parametrize(
    ("possible", "kind", "text"),
    [
        ([NORMAL], "normal", "Probably normal"),
        ([OTHER], "abnormal", "Abnormal: other pathology"),
        ([INTERSTITIAL], "abnormal", "Abnormal: interstitial pneumonia"),
        ([INTERSTITIAL, OTHER], "abnormal", "Abnormal: interstitial pneumonia or other pathology"),
        ([OTHER, NORMAL], "unsure", "Not sure: other pathology or no pathology"),
        ([], "unsure", "Not sure: no class is probable enough"),
    ],
)
def test_the_verdict_is_what_the_classes_that_reach_their_operating_points_have_in_common(possible, kind, text):
    assert verdict(answer(*possible)) == (kind, text, "")


def test_where_is_said_of_the_most_probable_pathology_and_of_no_normal_or_unsure_film():
    zones = {OTHER: "left upper zone", INTERSTITIAL: "right lower zone", NORMAL: "left mid zone"}

    assert verdict(answer(INTERSTITIAL, OTHER), zones).where == "left upper zone"
    assert verdict(answer(NORMAL), zones).where == verdict(answer(OTHER, NORMAL), zones).where == ""


def test_an_older_classifier_without_operating_points_says_its_most_probable_class():
    assert verdict(answer() | {"possible_classes": None}).text == "Abnormal: other pathology"


def test_a_film_that_was_not_assessed_has_no_verdict():
    assert verdict({"outcome": "refused", "classes": None}) is None


def test_a_probability_is_in_percent_and_never_rounded_to_what_no_model_can_know():
    assert [percent(each) for each in (0, 0.004, 0.123, 0.996, 1)] == ["0 %", "< 1 %", "12 %", "> 99 %", "100 %"]
