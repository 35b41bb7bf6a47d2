"""From samples to figures and verdicts."""

import pytest

from tests.trials.bench import targets
from tests.trials.bench.figures import Spread, median_ratio


def test_percentiles_of_known_samples():
    """0 to 100, whose percentiles are their names."""
    spread = Spread.of([float(value) for value in range(101)])

    assert (spread.p25, spread.p50, spread.p75, spread.p95, spread.count) == (25, 50, 75, 95, 101)


def test_ratio_of_medians_lies_in_its_interval():
    """One side always 1.5 times the other: nothing to be unsure of."""
    below = [float(value) for value in range(10, 60)]

    assert median_ratio([1.5 * value for value in below], below) == pytest.approx((1.5, 1.5, 1.5))


@pytest.mark.parametrize(
    ("figure", "value", "word"),
    [
        ("gateway_over_in_process_p50", 1.2, "met"),
        ("gateway_over_in_process_p50", 1.21, "missed"),
        ("cached_speedup_p50", 30.0, "met"),
        ("cached_speedup_p50", 29.9, "missed"),
        ("stack_memory_mb", None, "not measured"),
    ],
)
def test_a_target_is_met_or_missed(figure, value, word):
    """At the limit it is met."""
    assert targets.judge(targets.BENCH, {figure: value})[figure].word == word
