import pytest

from gateway.deadline import RESERVE_S, Deadline


def test_a_stage_may_take_all_but_a_reserve_for_the_later_ones():
    assert Deadline(10).left(later_stages=2) == pytest.approx(10 - 2 * RESERVE_S, abs=0.05)


def test_the_last_stage_may_take_what_is_left():
    assert Deadline(10).left() == pytest.approx(10, abs=0.05)


def test_a_short_deadline_still_leaves_each_stage_something():
    assert Deadline(0.5).left(later_stages=2) == pytest.approx(0.05, abs=0.01)


def test_nothing_is_left_after_the_deadline():
    assert Deadline(0).left() == 0
