"""Which assessments say that they are to be trusted less."""

import pytest

from gateway.cautions import cautions
from results.schema import Conclusion, Gate, LungField, Refusal

GATE = {"in_distribution": 0.99, "frontal": 0.99, "upright": 0.99, "positive": 0.99}
LUNGS = {"bounding_box": None, "area_fraction": 0.3, "quality": 0.95}


def codes(gate=None, lungs=None, **more):
    conclusion = Conclusion(
        outcome="assessed", discriminator=Gate(**GATE | (gate or {})), lungs=LungField(**LUNGS | (lungs or {}))
    )
    return [each.code for each in cautions(conclusion.model_copy(update=more))]


@pytest.mark.parametrize(
    ("gate", "lungs", "expected"),
    [
        ({}, {}, []),
        ({}, {"quality": 0.84}, ["lungs_uncertain"]),
        ({}, {"area_fraction": 0.05}, ["lungs_implausible"]),
        ({}, {"area_fraction": 0.8}, ["lungs_implausible"]),
        ({}, {"quality": 0.7, "area_fraction": 0.05}, ["lungs_uncertain", "lungs_implausible"]),
        ({"positive": 0.6}, {}, ["pose_uncertain"]),
        ({"upright": 0.7}, {}, ["pose_uncertain"]),
    ],
)
def test_what_is_doubtful_is_a_caution(gate, lungs, expected):
    assert codes(gate, lungs) == expected


def test_of_an_overridden_refusal_the_pose_is_known_already():
    refusal = Refusal(reason="inverted", detail="It looks inverted.")

    assert codes({"positive": 0.01}, refusal=refusal) == ["refusal_overridden"]


def test_a_refused_film_says_itself_what_is_wrong():
    assert codes({"positive": 0.01}, {"quality": 0.1}, outcome="refused") == []
