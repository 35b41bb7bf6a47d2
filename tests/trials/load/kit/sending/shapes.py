"""What is asked of the gateway over time: five named shapes, each a row of phases.

A closed shape has users who send the next film as soon as the last is answered: how fast they ask depends on the
answers. An open shape has films that arrive at a rate, whatever the answers, as they do from modalities: only it can
ask for more than there is.

Source:
    Schroeder, Wierman and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006: why the two differ.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

RAMP = (0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.1)
"""Of the capacity."""

EARLY = 0.8
"""Of the capacity: up to it, a film waits little enough for the p95 to be judged."""

SOAK = 0.7
SOAK_PARTS = ("first quarter", "second quarter", "third quarter", "last quarter")

QUIET = 0.4
"""Of the capacity, before and after a spike."""

EASE_S = 5.0
"""After a spike, before what comes then is judged: what was admitted in it is being finished."""

HALF = 0.5


@dataclass(frozen=True)
class Load:
    """What a shape is made of."""

    shape: str
    seconds: float
    """Of the whole."""
    users: int
    """Of a closed shape, at once."""
    capacity_per_s: float
    """Films a second that the gateway can assess at most, of which an open shape is a multiple."""
    times: float
    """The capacity, in a spike or an overload."""


@dataclass(frozen=True)
class Phase:
    """So many users, or films a second, for so long."""

    name: str
    seconds: float
    level: float
    judged: bool = True
    """Whether the limits of latency and of refused films hold in it."""


@dataclass(frozen=True)
class Shape:
    """Phases, one after the other."""

    name: str
    open: bool
    """Whether a phase's level is films a second, and not users."""
    sheds: bool
    """Whether 429 with Retry-After is a right answer: more is asked for than there is."""
    phases: tuple[Phase, ...]

    @property
    def seconds(self) -> float:
        """Of all phases."""
        return sum(phase.seconds for phase in self.phases)

    def at(self, seconds: float) -> Phase | None:
        """The phase, so long after the start; None when all are over."""
        for phase in self.phases:
            seconds -= phase.seconds
            if seconds < 0:
                return phase
        return None


def _steady(load: Load) -> Shape:
    return Shape("steady", False, False, (Phase("steady", load.seconds, load.users),))


def _ramp(load: Load) -> Shape:
    each = load.seconds / len(RAMP)
    phases = (Phase(f"{share:.0%}", each, share * load.capacity_per_s, share <= EARLY) for share in RAMP)
    return Shape("ramp", True, True, tuple(phases))


def _spike(load: Load) -> Shape:
    quiet = QUIET * load.capacity_per_s
    third = max((load.seconds - EASE_S) / 3, 1)
    spike = Phase("spike", third, load.times * load.capacity_per_s, False)
    phases = (Phase("before", third, quiet), spike, Phase("ease", EASE_S, quiet, False), Phase("after", third, quiet))
    return Shape("spike", True, True, phases)


def _soak(load: Load) -> Shape:
    phases = (Phase(part, load.seconds / len(SOAK_PARTS), SOAK * load.capacity_per_s) for part in SOAK_PARTS)
    return Shape("soak", True, False, tuple(phases))


def _overload(load: Load) -> Shape:
    half = Phase("half", load.seconds / 2, HALF * load.capacity_per_s)
    return Shape(
        "overload", True, True, (half, Phase("overload", load.seconds / 2, load.times * load.capacity_per_s, False))
    )


_SHAPES: dict[str, Callable[[Load], Shape]] = {
    "steady": _steady,
    "ramp": _ramp,
    "spike": _spike,
    "soak": _soak,
    "overload": _overload,
}
NAMES = tuple(_SHAPES)

SECONDS = {"steady": 60.0, "ramp": 210.0, "spike": 95.0, "soak": 1800.0, "overload": 120.0}
"""Of each, unless said otherwise."""


@lru_cache
def made(load: Load) -> Shape:
    """The shape that a load asks for."""
    return _SHAPES[load.shape](load)
