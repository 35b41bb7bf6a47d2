import numpy as np
import pandas as pd
import pytest

from review.insight import reliability
from review.insight.readings import PROBABILITIES
from vocabulary.conditions import CLASSES


def readings(count, sharpened=1.0, seed=0):
    """Labels drawn from probabilities; then the probabilities are made surer than is true, to a power."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([1, 1, 1], count)
    labels = [CLASSES[(random.random() > np.cumsum(row)).sum()] for row in probabilities]
    stated = probabilities**sharpened
    stated /= stated.sum(axis=1, keepdims=True)
    table = pd.DataFrame(stated, columns=PROBABILITIES)
    predicted = [CLASSES[each] for each in stated.argmax(axis=1)]
    return table.assign(label=labels, predicted=predicted, patient=[f"P{each}" for each in range(count)])


def test_true_probabilities_lie_within_what_chance_makes():
    found = reliability.most_probable(readings(2000))

    assert found.error.value < found.chance
    assert found.excess.low < 0 < found.excess.high
    held = sum(each.happened.low <= each.stated <= each.happened.high for each in found.bins)
    assert len(found.bins) == 10 and held >= 8


def test_probabilities_that_are_too_sure_are_found_out():
    found = reliability.most_probable(readings(2000, sharpened=3))

    assert found.error.low > found.chance
    assert found.excess.low > 0.1


def test_error_is_the_mean_distance_over_the_points():
    found = reliability.of_class(readings(500, sharpened=2), "interstitial_pneumonia")

    by_hand = sum(each.n * abs(each.stated - each.happened.value) for each in found.bins) / 500
    assert sum(each.n for each in found.bins) == 500
    assert found.error.value == pytest.approx(by_hand)


def test_few_readings_make_few_points_and_none_below_the_minimum():
    assert len(reliability.most_probable(readings(45)).bins) == 2
    nothing = reliability.most_probable(readings(19))
    assert nothing.bins == [] and nothing.error.value is None


def test_probabilities_that_are_all_the_same_make_one_point():
    table = readings(60).assign(**{name: 1 / 3 for name in PROBABILITIES})

    assert [each.n for each in reliability.most_probable(table).bins] == [60]
