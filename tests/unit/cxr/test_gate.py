import numpy as np
import pytest

from cxr.gate import judge

CONFIG = {
    "in_distribution": {"real": 0.1, "near_seen": 0.0, "near_known": 0.5, "chest": 1.0, "bias": 0.0},
    "scale": {"frontal": 1.0, "positive": 1.0, "upright": 1.0},
    "thresholds": {"in_distribution": 0.5, "positive": 0.5, "upright": 0.5, "frontal": 0.5},
}
GOOD = {"real": 0, "near_seen": 0, "near_known": 0, "chest": 4, "frontal": 4, "positive": 4, "upright": 4}
GOOD |= {"90": 0, "180": 0, "270": 0}


def logits(**changed: float) -> np.ndarray:
    return np.array(list((GOOD | changed).values()), np.float32)


def test_a_good_film_is_not_refused():
    seen = judge(logits(), CONFIG)

    assert seen.refusal == ""
    assert seen.frontal == pytest.approx(1 / (1 + np.exp(-4)))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"chest": -4}, "not_a_chest_radiograph"),
        ({"near_known": -10}, "not_a_chest_radiograph"),
        ({"positive": -4}, "inverted"),
        ({"180": 9}, "rotated"),
        ({"frontal": -4}, "lateral_view"),
        ({"chest": -4, "frontal": -4}, "not_a_chest_radiograph"),
        ({"positive": -4, "frontal": -4}, "inverted"),
    ],
)
def test_a_refusal_names_what_is_wrong(changed, reason):
    assert judge(logits(**changed), CONFIG).refusal == reason


def test_nearness_is_that_to_the_known_films_features():
    assert judge(logits(near_known=-3.25), CONFIG).nearness == -3.25


def test_extreme_logits_stay_probabilities():
    seen = judge(logits(chest=1e9, frontal=-1e9, upright=1e9), CONFIG)

    assert 0 <= seen.frontal <= seen.in_distribution <= 1
