"""The simulation, where the answer is known in closed form."""

import numpy as np
import pytest

from tests.trials.capacity import queues
from tests.trials.capacity.network import Beside, Station, Step, System
from tests.trials.capacity.simulation import closed, open_

FILMS = 8_000


def system(*steps, servers=1, cores=1.0, **other):
    """Every step at a station of its own, all on the same processors."""
    stations = {step.station: Station(servers, "all") for step in steps}
    return System(stations, {"all": cores}, steps, **other)


def test_one_server_keeps_films_as_long_as_in_the_books():
    """M/M/1: 0.1 / (1 - 0.5) s; the p95 of what is exponential is three times that."""
    found = open_(system(Step("worker", 0.1, variation=1)), 5, FILMS)

    assert np.mean(found.seconds) == pytest.approx(0.2, rel=0.05)
    assert found.quantile_s(0.95) == pytest.approx(0.2 * np.log(20), rel=0.07)
    assert found.utilisation["worker"] == pytest.approx(0.5, rel=0.03)


def test_several_servers_keep_films_as_long_as_erlang_says():
    """M/M/3 with a processor for each."""
    found = open_(system(Step("worker", 0.1, variation=1), servers=3, cores=3), 24, FILMS)

    assert np.mean(found.seconds) == pytest.approx(0.1 + queues.wait_s(3, 24, 0.1), rel=0.05)


def test_a_shared_processor_keeps_films_whatever_their_spread():
    """M/G/1 with processor sharing: S / (1 - U), as for exponential service (Kleinrock 1976, section 4.4)."""
    found = open_(system(Step("worker", 0.1), servers=10_000), 7, FILMS)

    assert np.mean(found.seconds) == pytest.approx(0.1 / 0.3, rel=0.07)


def test_films_of_no_spread_wait_half_as_long():
    """M/D/1 by Pollaczek and Khinchine: 0.5 * 0.1 / 0.5 / 2 s of waiting."""
    found = open_(system(Step("worker", 0.1)), 5, FILMS)

    assert np.mean(found.seconds) == pytest.approx(0.15, rel=0.05)


def test_one_user_waits_for_nobody():
    """Every step, and the delay."""
    found = closed(system(Step("gateway", 0.03), Step("worker", 0.05), delay_s=0.02), 1, 500)

    assert found.per_s == pytest.approx(10)
    assert set(np.round(found.seconds, 9)) == {0.1}


def test_many_users_get_what_the_busiest_station_gives():
    """The asymptotic bound: with processors for all, the station; with one, the processor."""
    steps = (Step("gateway", 0.03), Step("worker", 0.05))

    assert closed(system(*steps, cores=4), 20, 2000).per_s == pytest.approx(20, rel=0.01)
    assert closed(system(*steps, cores=1), 20, 2000).per_s == pytest.approx(12.5, rel=0.01)


def test_a_call_on_two_processors_takes_half_as_long():
    """And where there is one, as long as ever."""
    wide = Step("worker", 0.1, width=2)

    assert closed(system(wide, cores=2), 1, 200).per_s == pytest.approx(20)
    assert closed(system(wide, cores=1), 1, 200).per_s == pytest.approx(10)


def test_what_is_on_other_processors_is_not_waited_for():
    """Two pools of one processor: the busier one is the limit."""
    stations = {"gateway": Station(8, "0"), "worker": Station(8, "1")}
    apart = System(
        stations, {"0": 1.0, "1": 1.0}, [Step("gateway", 0.02, variation=0.3), Step("worker", 0.05, variation=0.3)]
    )

    found = closed(apart, 8, 2000)

    assert found.per_s == pytest.approx(20, rel=0.03)
    assert found.utilisation["0"] == pytest.approx(0.4, rel=0.03)
    assert found.utilisation["1"] == pytest.approx(1, rel=0.03)


def test_what_goes_on_beside_is_waited_for_together_while_nobody_waits():
    """Alone, the longer of two; with somebody waiting, one after the other, so that nothing is won by it."""
    path = [Beside([Step("worker", 0.03)], [Step("other", 0.05), Step("other", 0.01)]), Step("worker", 0.04)]
    stations = {"worker": Station(1, "all"), "other": Station(1, "all")}
    beside = System(stations, {"all": 4.0}, path)

    assert beside.alone_s == pytest.approx(0.1)
    assert closed(beside, 1, 200).per_s == pytest.approx(10)
    assert closed(beside, 8, 2000).per_s == pytest.approx(1 / 0.07, rel=0.01), "the worker is the limit"


def test_work_takes_longer_when_all_processors_work():
    """Two users on two processors with a tenth of contention; one user is alone."""
    shared = system(Step("worker", 0.1), servers=2, cores=2, contention=0.1)

    assert closed(shared, 1, 200).per_s == pytest.approx(10)
    assert closed(shared, 2, 200).per_s == pytest.approx(20 / 1.1)


def test_the_same_seed_gives_the_same_films():
    """A plan is not found by luck that another run lacks."""
    chance = system(Step("worker", 0.1, variation=0.5))

    assert open_(chance, 5, 500).seconds == open_(chance, 5, 500).seconds
