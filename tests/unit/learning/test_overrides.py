"""Readers who say another class than the release: when that stops it."""

import numpy as np
import pytest

from learning import overrides
from learning.overrides import Count, Reading, evidence, limit, stops
from learning.stopping import overridden

PARENT = Count(400, 40)


def test_a_release_that_is_overridden_as_often_as_its_parent_stays() -> None:
    assert not stops(Count(1000, 100), PARENT)


def test_a_release_that_is_overridden_far_more_often_goes_after_some_dozen_readings() -> None:
    assert not stops(Count(5, 2), PARENT)
    assert stops(Count(60, 30), PARENT)


def test_without_enough_readings_of_its_parent_nothing_is_concluded() -> None:
    assert not stops(Count(1000, 900), Count(overrides.MIN_PARENT - 1, 0))


def test_the_parents_limit_comes_nearer_to_its_rate_with_more_readings() -> None:
    limits = [limit(Count(count, count // 10)) for count in (100, 400, 4000)]
    assert limits[0] > limits[1] > limits[2] > 0.10
    assert limit(Count(7, 7)) == 1.0


def test_looked_at_after_each_of_many_readings_a_good_release_seems_worse_in_one_case_of_a_hundred_at_most() -> None:
    random, alarms = np.random.default_rng(0), 0
    for _ in range(200):
        said = np.cumsum(random.random(1500) < 0.10)
        alarms += any(evidence(Count(n, int(said[n - 1])), 0.10) > 1 / overrides.ALPHA for n in range(10, 1501, 10))
    assert alarms <= 2


def readings(version: str, blind: bool, count: int, overridden: int) -> list[Reading]:
    return [Reading(version, blind, number < overridden, {}) for number in range(count)]


@pytest.mark.parametrize("blind", [True, False])
def test_blind_readings_and_others_are_told_apart_and_either_can_stop_it(blind: bool) -> None:
    found = readings("1.0", blind, 300, 30) + readings("1.1", blind, 100, 45)
    found += readings("1.0", not blind, 300, 90) + readings("1.1", not blind, 100, 30)

    rules = {rule.name: rule for rule in overridden(found, "1.1", "1.0")}

    assert [rule.broken for rule in rules.values()] == [blind, not blind]
    told = rules["readers, blind" if blind else "readers, with the answer shown"].told
    assert told == "45 of 100 readings say another class (45%); of its parent's 30 of 300 (10%)"
