import numpy as np
import pytest
from scipy.stats import binomtest

from review.insight import areas
from review.insight.estimates import TOO_FEW, Draws, Estimate, share, wilson
from training import statistics


@pytest.mark.parametrize(("right", "total"), [(0, 20), (1, 30), (15, 30), (99, 100), (50, 50)])
def test_share_has_the_interval_that_scipy_gives(right, total):
    expected = binomtest(right, total).proportion_ci(method="wilson")

    found = share(right, total)

    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert wilson(np.array([right]), np.array([total]))[0][0] == pytest.approx(found.low)


def test_below_the_minimum_nothing_is_said():
    assert str(share(19, 19)) == TOO_FEW and share(19, 19).value is None
    assert share(20, 20).value == 1.0
    assert share(0, 0, least=0).value is None


def test_bootstrap_knows_that_films_of_one_patient_are_alike():
    patients = np.arange(40)
    right = np.random.default_rng(1).random(40) < 0.7

    once = Draws(patients).share(right)
    ten_times = Draws(np.repeat(patients, 10)).share(np.repeat(right, 10))

    assert ten_times.n == 400
    assert (ten_times.value, ten_times.low, ten_times.high) == pytest.approx(
        (once.value, once.low, once.high), abs=1e-6
    )


def test_bootstrap_interval_holds_the_truth_as_often_as_it_says():
    random, held = np.random.default_rng(3), 0
    for _ in range(200):
        found = Draws(np.arange(80), 300).share(random.random(80) < 0.7)
        held += found.low <= 0.7 <= found.high

    assert 0.90 <= held / 200 <= 0.99


def test_readings_of_few_patients_are_too_few_however_many_they_are():
    assert Draws(np.repeat(np.arange(9), 50)).share(np.ones(450, bool)).value is None


def test_share_that_is_always_so_has_no_interval_of_nothing():
    found = Draws(np.arange(30)).share(np.ones(30, bool))

    assert found.value == 1 and 0.8 < found.low < 0.95 and found.high == pytest.approx(1)


def test_weights_count_a_reading_more_than_once():
    right = np.array([True] * 30 + [False] * 10)

    found = Draws(np.arange(40)).share(right, np.array([1.0] * 30 + [3.0] * 10))

    assert found.value == pytest.approx(0.5)


def test_sign_of_a_difference_is_told_only_where_all_of_the_interval_is_on_one_side():
    assert [Estimate(9, 0.1, *ends).sign for ends in ((0.01, 0.2), (-0.1, 0.2), (-0.3, -0.1))] == [1, 0, -1]
    assert Estimate(3).sign == 0


def test_area_under_the_curve_is_that_of_training():
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 300)
    scores = np.round(random.random((300, 3)) + 0.4 * np.eye(3)[truth], 1)  # with ties
    draws = Draws(np.arange(300))

    value, drawn = areas.macro(draws, truth, scores, np.ones(300))
    found = draws.interval(value, drawn)

    assert value == pytest.approx(statistics.area_under_curve(truth, scores), abs=1e-9)
    expected = statistics.bootstrap(
        lambda rows: statistics.area_under_curve(truth[rows], scores[rows]), np.arange(300).astype(object), 300
    )
    assert (found.low, found.high) == pytest.approx(expected, abs=0.015)
