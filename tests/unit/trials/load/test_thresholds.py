"""Limits, and what has to keep them."""

from argparse import Namespace

import pytest

from tests.trials.load import thresholds
from tests.trials.load.kit.sending.record import Record, Request
from tests.trials.load.kit.sending.shapes import Load, made

OVERLOAD = made(Load("overload", 60.0, 16, 10.0, 3.0))
STEADY = made(Load("steady", 60.0, 16, 10.0, 3.0))


def record(*requests):
    """Of a test that is over."""
    kept = Record()
    kept.requests += requests
    return kept


def sent(lane, began, taken_ms, count, seconds, **how):
    """So many, evenly over so many seconds."""
    return [Request("PNG", lane, began + seconds * each / count, taken_ms, **how) for each in range(count)]


def overload(urgent_ms=300.0, assessed=250, **how):
    """30 s at half load, then 30 s in which many are told to come back."""
    half = [*sent("routine", 0, 100, 120, 30), *sent("urgent", 0, 150, 30, 30)]
    more = [*sent("routine", 30, 900, assessed, 28), *sent("urgent", 30, urgent_ms, 50, 28)]
    return record(*half, *more, *sent("routine", 30, 3, 600, 30, shed=True), *sent("routine", 30, 3, **how))


def judged(shape, kept, **said):
    """Name to verdict."""
    return thresholds.verdicts(shape, kept.figures(shape, 10), 10, vars(Namespace(**said)))


def test_an_overload_that_goes_well_keeps_every_limit():
    """300 answers in 30 s of 10 a second; urgent films take twice as long."""
    found = judged(OVERLOAD, overload(count=0, seconds=1))

    assert found["goodput_share"].value == pytest.approx(1.0)
    assert found["urgent_ratio"].value == pytest.approx(2.0)
    assert found["p95_ms"].value == pytest.approx(150), "at half load; films that are told to come back do not count"
    assert thresholds.met(found)


@pytest.mark.parametrize(
    ("kept", "missed"),
    [
        pytest.param(overload(urgent_ms=500, count=0, seconds=1), "urgent_ratio", id="urgent-films-wait"),
        pytest.param(overload(assessed=100, count=0, seconds=1), "goodput_share", id="too-little-is-done"),
        pytest.param(overload(count=1, seconds=1, error="status 502"), "error_share", id="an-error"),
    ],
)
def test_one_missed_limit_is_enough(kept, missed):
    """And it is told which."""
    found = judged(OVERLOAD, kept)

    assert [name for name, verdict in found.items() if not verdict.met] == [missed]
    assert not thresholds.met(found)


def test_answers_after_the_deadline_are_of_no_use():
    """They are not wrong, but nobody waits for them any more."""
    kept = record(*sent("routine", 0, 100, 100, 30), *sent("routine", 30, 12_000, 300, 10))

    assert judged(OVERLOAD, kept, urgent_ratio=None)["goodput_share"].value == 0


def test_too_few_urgent_films_are_no_measurement():
    """And what was not measured is not met."""
    kept = record(*sent("routine", 0, 100, 100, 30), *sent("urgent", 0, 100, 3, 30), *sent("routine", 30, 100, 300, 28))

    found = judged(OVERLOAD, kept)

    assert found["urgent_ratio"].met is None
    assert not thresholds.met(found)


def test_without_urgent_films_there_is_no_limit_of_them():
    """As there is none of memory where it cannot be read."""
    kept = record(*sent("routine", 0, 100, 100, 30), *sent("routine", 30, 100, 300, 28))
    soak = made(Load("soak", 60.0, 16, 10.0, 3.0))

    assert "urgent_ratio" not in judged(OVERLOAD, kept)
    assert "memory_ratio" not in judged(soak, kept)


def test_limits_can_be_said():
    """As options."""
    kept = record(*sent("routine", 0, 700, 600, 59), *sent("routine", 0, 700, 1, 1, error="status 504"))

    assert not thresholds.met(judged(STEADY, kept))
    assert thresholds.met(judged(STEADY, kept, error_share=0.01))
    assert not thresholds.met(judged(STEADY, kept, error_share=0.01, p95_ms=500))


def test_a_test_without_an_answer_is_not_met():
    """Nothing was measured."""
    assert not thresholds.met(judged(STEADY, record(*sent("routine", 0, 5, 10, 1, error="status 0"))))


def test_answers_count_in_the_phase_in_which_they_come():
    """A film that waits from one phase to the next is the next one's goodput, and the first one's latency."""
    kept = record(Request("PNG", "routine", 29.5, 1000), Request("PNG", "routine", 31, 1000))

    phases = kept.figures(OVERLOAD, 10)["phases"]

    assert (phases["half"]["requests"], phases["half"]["goodput_per_s"]) == (1, 0)
    assert phases["overload"]["goodput_per_s"] == pytest.approx(2 / 30, abs=0.01)
