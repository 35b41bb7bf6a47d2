"""What a fault cost, from the answers."""

import pytest

from tests.trials.drill.answers import Answer, Worth
from tests.trials.drill.score import Moments, Score, normal_s, recovered

AT = Moments(injected=10.0, mended=14.0, normal_s=0.3)


def stream(bad=(), slow=(), until=30, **told):
    """Two films a second, of which some, by the second in which they are sent, are lost, or take a second."""
    answers = []
    for number in range(2 * until):
        begun = number / 2
        worth = Worth.LOST if begun in bad else Worth.ANSWERED
        answers.append(Answer(begun, begun + (1.0 if begun in slow else 0.1), worth, "504 stage-timeout", **told))
    return answers


def score(answers, wrong=(), left=()):
    return Score.of("worker killed", "It comes back.", answers, AT, wrong, left)


def test_a_fault_that_nobody_notices_needs_no_recovery():
    found = score(stream())

    assert (found.recovered_s, found.after_mend_s) == (0, 0)
    assert all(found.verdicts.values())


def test_it_is_well_again_with_the_first_film_after_the_last_that_was_lost():
    found = score(stream(bad=(10.5, 11.0, 16.0)))

    assert (found.recovered_s, found.after_mend_s) == (6.5, 2.5)


def test_a_slow_film_alone_is_no_outage_but_several_in_a_row_are():
    assert recovered(stream(slow=(20.0,)), AT) == AT.injected
    assert recovered(stream(slow=(15.0, 15.5, 16.0)), AT) == 16.5


def test_where_the_last_film_is_lost_it_never_recovered():
    found = score(stream(bad=(29.5,)))

    assert found.recovered_s is None
    assert not found.soon


def test_a_film_that_is_overdue_is_as_good_as_lost():
    assert recovered(stream(), AT, open_since=[18.2]) == 18.5


def test_only_what_is_sent_after_the_fault_came_counts_against_it():
    answers = [*stream(), Answer(9.9, 12.0, Worth.LOST, "RemoteProtocolError")]

    assert score(answers).in_flight == 1
    assert score(answers).only_in_flight
    assert not score(stream(bad=(11.0,))).only_in_flight


def test_more_than_ten_seconds_after_the_mend_are_too_many():
    assert score(stream(bad=(23.5,))).soon
    assert not score(stream(bad=(24.5,))).soon


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        pytest.param([Answer(11, 12, Worth.WRONG, "other classes than the film has")], (), id="an-answer"),
        pytest.param([], ("1 film is not in the worklist",), id="something-else"),
    ],
)
def test_one_wrong_thing_is_enough(answers, wrong):
    found = score([*stream(), *answers], wrong)

    assert not found.nothing_wrong
    assert not all(found.verdicts.values())


def test_asynchronous_films_are_counted_but_say_nothing_about_how_long_one_takes():
    answers = [*stream(), Answer(29.9, 30.5, Worth.LOST, "404 not-found", later=True)]

    assert score(answers).later_lost == 1
    assert score(answers).after_mend_s == 0


def test_normal_is_twice_what_nearly_all_films_take_and_never_less_than_is_given():
    assert normal_s(stream(), least_s=0.05) == pytest.approx(0.2)
    assert normal_s(stream(), least_s=2) == 2
    assert normal_s([], least_s=0.25) == 0.25
