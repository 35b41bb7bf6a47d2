"""Whose processor time a film takes, by hand."""

import pytest

from tests.trials.bench.docs import _spent
from tests.trials.bench.spent import a_film_ms


class Stack:
    """Seconds of processor time, as they are asked for."""

    def __init__(self, *seen):
        self.seen = list(seen)

    def cpu_s(self, java_apart):
        assert java_apart
        return self.seen.pop(0)


class Side:
    def __init__(self):
        self.films = []

    def assess(self, film):
        self.films.append(film)


def test_what_a_process_used_is_told_by_the_film_and_idle_ones_are_left_out():
    computed = {"gateway": 1.0, "scp": 5.0}, {"gateway": 1.2, "scp": 5.0, "segmenter": 0.4}
    cached = {"gateway": 1.2, "scp": 5.0, "segmenter": 0.4}, {"gateway": 1.3, "scp": 5.0, "segmenter": 0.4}
    gateway, cascade = Side(), Side()

    found = a_film_ms(Stack(*computed, *cached), gateway, cascade, range(10))

    assert found["computed"] == pytest.approx({"segmenter": 40, "gateway": 20, "all": 60})
    assert found["cached"] == pytest.approx({"gateway": 10, "all": 10})
    assert gateway.films == [*range(10), *range(10)]
    assert cascade.films == [*range(10)]
    assert list(found["in_process"]) == ["all"]


def test_a_stack_that_was_up_already_tells_nothing():
    gateway, cascade = Side(), Side()

    assert a_film_ms(Stack(None), gateway, cascade, range(10)) == {}
    assert (gateway.films, cascade.films) == ([], [])


def test_the_table_has_a_row_a_process_the_dearest_first_and_the_sum_last():
    ways = {"computed": {"b": 1.0, "a": 9.0, "all": 10.0}, "cached": {"c": 2.0, "all": 2.0}, "in_process": {"all": 7.0}}

    (table,) = _spent(ways)

    rows = [line.strip("| ").split(" | ") for line in table.splitlines()]
    assert rows[0] == ["processor time a film, ms", "computed", "cached", "in process"]
    assert [row[0] for row in rows[2:]] == ["a", "b", "c", "all"]
    assert rows[-1] == ["all", "10.0", "2.0", "7.0"]


def test_figures_of_before_that_was_measured_have_no_such_table():
    assert _spent({}) == []
