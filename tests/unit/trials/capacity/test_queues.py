"""Closed forms, against values that are in the books."""

import math

import pytest

from tests.trials.capacity import queues


def test_one_server_is_waited_for_as_often_as_it_is_busy():
    """Erlang C of one server is its utilisation."""
    assert queues.erlang_c(1, 0.7) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("servers", "offered", "waits"),
    [
        pytest.param(2, 1.0, 1 / 3, id="two-half-busy"),
        pytest.param(3, 2.0, 4 / 9, id="three-two-thirds-busy"),
        pytest.param(5, 4.0, 0.5541, id="five-four-fifths-busy"),
    ],
)
def test_several_servers_are_waited_for_as_erlang_says(servers, offered, waits):
    """By hand: C(2, 1) = (1/2 * 2) / (1 + 1 + 1), and so on; the last is from his tables."""
    assert queues.erlang_c(servers, offered) == pytest.approx(waits, abs=1e-4)


def test_a_line_with_more_than_can_be_served_has_no_end():
    """Nor is there anybody who does not wait."""
    assert queues.erlang_c(2, 2.5) == 1.0
    assert queues.wait_s(2, 25, 0.1) == math.inf
    assert queues.wait_quantile_s(2, 25, 0.1, 0.95) == math.inf


def test_mean_wait_of_one_server():
    """M/M/1: utilisation over what is left of the rate, 0.5 / (10 - 5) s."""
    assert queues.wait_s(1, 5, 0.1) == pytest.approx(0.1)


def test_most_wait_less_than_the_quantile_says():
    """M/M/1 at a half: P(wait > t) = 0.5 exp(-5 t), which is 0.05 at ln(10) / 5."""
    assert queues.wait_quantile_s(1, 5, 0.1, 0.95) == pytest.approx(math.log(10) / 5)
    assert queues.wait_quantile_s(1, 5, 0.1, 0.4) == 0.0, "more than that do not wait at all"


def test_few_users_are_the_limit_and_then_the_busiest_station():
    """Asymptotic bounds: N / R, and c / D."""
    stations = [(1, 0.05), (4, 0.1), (2, 0.0)]

    assert queues.most_per_s(1, 0.2, stations) == pytest.approx(5)
    assert queues.most_per_s(16, 0.2, stations) == pytest.approx(20)
