import itertools

import pytest

from gateway.fleet.limit import MAX_LIMIT, Limit

SERVICE_S, OVERHEAD_S = 0.020, 0.003


def calls(limit: Limit, workers: int, count: int, slower: float = 1.0) -> list[int]:
    """So many calls of a replica that is always sent as many as its limit says; the limit after each."""
    seen = []
    limit.answered(SERVICE_S + OVERHEAD_S, SERVICE_S, 1)
    for _ in range(count):
        in_flight = int(limit)
        service_s = slower * SERVICE_S
        limit.answered(service_s * max(1.0, in_flight / workers) + OVERHEAD_S, service_s, in_flight)
        seen.append(int(limit))
    return seen


@pytest.mark.parametrize("workers", [1, 2, 4, 8])
def test_a_replica_is_sent_one_or_two_calls_more_than_it_has_workers(workers):
    settled = calls(Limit(), workers, 400)[-50:]

    assert all(workers < each <= workers + 2 for each in settled), settled


def test_a_slower_network_is_no_reason_to_send_fewer_calls():
    limit = Limit()
    before = calls(limit, 2, 200)[-1]

    assert abs(calls(limit, 2, 200, slower=5.0)[-1] - before) <= 1


def test_a_limit_that_is_never_reached_does_not_grow():
    limit = Limit()
    before = int(limit)
    for _ in range(200):
        limit.answered(SERVICE_S + OVERHEAD_S, SERVICE_S, 1)

    assert int(limit) == before


def test_of_a_worker_that_does_not_say_how_long_it_took_nothing_is_learned():
    limit = Limit()
    for in_flight in itertools.islice(itertools.cycle((1, 2, 3)), 100):
        limit.answered(0.1, 0.0, in_flight)

    assert int(limit) == int(Limit())


def test_the_limit_is_bounded():
    assert max(calls(Limit(), workers=1000, count=2000)) == MAX_LIMIT
    limit = Limit()
    for _ in range(100):
        limit.answered(10.0, 0.01, 2)
    assert int(limit) == 1


def test_calls_that_take_longer_because_the_processors_are_busy_are_no_reason_to_send_more():
    limit = Limit()
    quiet = calls(limit, 1, 200)[-1]
    for number in range(1000):
        in_flight = int(limit) if number % 3 else 1
        limit.answered(3 * SERVICE_S + 20 * OVERHEAD_S, 3 * SERVICE_S, in_flight)

    assert int(limit) <= quiet + 1
