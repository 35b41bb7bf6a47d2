"""What each shape asks, when."""

import pytest

from tests.trials.load.kit.sending.shapes import NAMES, SECONDS, Load, made


def load(shape, seconds=60.0, users=16, capacity=20.0, times=3.0):
    """Of a gateway that can assess 20 films a second."""
    return made(Load(shape, seconds, users, capacity, times))


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_lasts_as_long_as_it_is_told(name):
    """And then it is over."""
    shape = load(name)

    assert shape.seconds == pytest.approx(60)
    assert shape.at(0) is shape.phases[0]
    assert shape.at(59.9) is shape.phases[-1]
    assert shape.at(60.1) is None


@pytest.mark.parametrize("name", NAMES)
def test_phases_are_told_apart_by_name(name):
    """Figures are kept by it."""
    phases = [phase.name for phase in load(name, SECONDS[name]).phases]

    assert len(set(phases)) == len(phases)


def test_steady_is_users_who_wait_for_their_answers():
    """As many as are said; 429 is no answer to them."""
    shape = load("steady", users=7)

    assert not shape.open
    assert not shape.sheds
    assert [phase.level for phase in shape.phases] == [7]


def test_overload_is_half_of_what_can_be_done_and_then_three_times_as_much():
    """In films a second, whatever the answers; the limit of latency holds at half load only."""
    half, overload = load("overload").phases

    assert (half.level, overload.level) == (10, 60)
    assert (half.judged, overload.judged) == (True, False)
    assert load("overload").open
    assert load("overload").sheds


def test_a_spike_is_quiet_before_and_after():
    """What comes just after it is not judged: the last films of the spike are being finished."""
    levels = [(phase.name, phase.level, phase.judged) for phase in load("spike", seconds=95).phases]

    assert levels == [("before", 8, True), ("spike", 60, False), ("ease", 8, False), ("after", 8, True)]


def test_a_ramp_climbs_past_what_can_be_done():
    """It is judged where there is room."""
    levels = [phase.level for phase in load("ramp").phases]

    assert levels == sorted(levels)
    assert max(levels) > 20
    assert max(phase.level for phase in load("ramp").phases if phase.judged) == pytest.approx(16)


def test_a_soak_stays_below_what_can_be_done():
    """So 429 is an error in it."""
    shape = load("soak")

    assert {phase.level for phase in shape.phases} == {14}
    assert not shape.sheds
