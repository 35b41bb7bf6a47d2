from gateway.fleet.breaker import FIRST_WAIT_S, LONGEST_WAIT_S, MAX_FAILURES, Breaker


def test_failures_in_a_row_open_it_and_answers_between_them_do_not():
    breaker = Breaker()
    for _ in range(10):
        assert not any(breaker.failed() for _ in range(MAX_FAILURES - 1))
        breaker.succeeded()

    assert [breaker.failed() for _ in range(MAX_FAILURES)] == [False] * (MAX_FAILURES - 1) + [True]
    assert 0 < breaker.wait_s <= FIRST_WAIT_S


def test_after_it_was_open_one_failure_opens_it_again_for_twice_as_long():
    breaker = Breaker()
    for _ in range(MAX_FAILURES):
        breaker.failed()

    assert breaker.failed()
    assert FIRST_WAIT_S < breaker.wait_s <= 2 * FIRST_WAIT_S


def test_it_is_never_open_for_longer_than_it_says():
    breaker = Breaker()
    for _ in range(100):
        breaker.failed()

    assert breaker.wait_s <= LONGEST_WAIT_S


def test_one_answer_makes_it_as_new():
    breaker = Breaker()
    for _ in range(MAX_FAILURES):
        breaker.failed()
    breaker.succeeded()

    assert not breaker.failed()
