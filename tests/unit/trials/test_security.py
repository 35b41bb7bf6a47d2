"""The trial that tells what security costs: both gateways get each film once new and once known, by turns."""

import pytest

from tests.trials.bench.errors import MeasurementError
from tests.trials.security.cli import compare, table, told


class Answering:
    """Answers at once, and notes whom it was."""

    def __init__(self, name, order, ms):
        self.name, self.order, self.ms, self.known = name, order, ms, set()

    def assess(self, file):
        self.order.append((self.name, file))
        cached = file in self.known
        self.known.add(file)
        return self.ms / (10 if cached else 1), {"cached": cached}


def test_each_film_goes_to_both_first_to_one_and_then_to_the_other():
    order = []
    secured, bare = Answering("secured", order, 102.0), Answering("bare", order, 100.0)

    sides = compare(secured, bare, ["warm", "a", "b"], warm_up=1)

    assert [name for name, file in order if file == "a"] == ["secured", "bare"] * 2
    assert [name for name, file in order if file == "b"] == ["bare", "secured"] * 2
    assert [(side.computed, side.cached) for side in sides] == [([102.0] * 2, [10.2] * 2), ([100.0] * 2, [10.0] * 2)]


def test_the_ratio_is_told_with_its_interval_and_whether_it_is_low_enough():
    order = []
    figures = told(*compare(Answering("s", order, 105.0), Answering("b", order, 100.0), ["a", "b", "c"], 0))
    machine = {"cpu": "a processor", "cores": 2, "idle_before": True, "busy_before_percent": 1.0}
    facts = {"commit": "abc", "taken": "2026-01-02T03:04:05+00:00", "machine": machine, "pairs": 3, "film": "a film"}

    text = table(facts | figures)

    assert (figures["computed"]["ratio"], figures["computed"]["interval"]) == (1.05, [1.05, 1.05])
    assert "**missed**" in text and "| 1.050 | 1.050 to 1.050 |" in text
    figures["computed"]["interval"] = [1.01, 1.05]
    assert "not decided" in table(facts | figures)
    figures["computed"]["interval"] = [0.99, 1.03]
    assert ": met." in table(facts | figures)


def test_a_film_that_a_cache_knew_before_is_no_measurement():
    bare = Answering("bare", [], 100.0)
    bare.known.add("a")

    with pytest.raises(MeasurementError, match="cached is True"):
        compare(Answering("secured", [], 100.0), bare, ["a"], 0)
