import pytest

from gateway.lanes import Lane, lane_of


@pytest.mark.parametrize("priority", ["urgent", "u=0", "u=0, i", " Urgent ", "i, u=0"])
def test_a_priority_header_that_asks_for_the_fast_lane_gets_it(priority):
    assert lane_of(priority) is Lane.URGENT


@pytest.mark.parametrize("priority", ["", "u=1", "u=3, i", "urgently", "u=00", "shadow", "\x00"])
def test_whatever_else_a_priority_header_says_is_routine(priority):
    assert lane_of(priority) is Lane.ROUTINE
