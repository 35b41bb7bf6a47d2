"""Stations that films go through, as the simulation takes them, and what it says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Station:
    """So many servers, on a pool of processors."""

    servers: int
    pool: str


@dataclass(frozen=True)
class Step:
    """What a film needs of a station: seconds of processor time, spread among so many processors at once at most."""

    station: str
    work_s: float
    width: int = 1
    variation: float = 0.0
    """Standard deviation over mean; 0 is always the same."""


@dataclass(frozen=True)
class Beside:
    """Two rows of steps that a film takes at the same time while no film waits anywhere, else one after the other."""

    one: Sequence[Step]
    other: Sequence[Step]


Path = Sequence[Step | Beside]


@dataclass(frozen=True)
class System:
    """Stations, the processors of each pool, what a film goes through, and seconds in which it needs nothing."""

    stations: Mapping[str, Station]
    pools: Mapping[str, float]
    path: Path
    delay_s: float = 0.0
    contention: float = 0.0
    """How much longer the same work takes when every processor works, as a share."""

    @property
    def steps(self) -> list[Step]:
        """All of them."""
        return [step for each in self.path for step in _steps(each)]

    @property
    def alone_s(self) -> float:
        """Of a film that meets no other and waits for nothing."""
        return sum(_alone_s(each) for each in self.path)


def _steps(each: Step | Beside) -> Sequence[Step]:
    return [each] if isinstance(each, Step) else [*each.one, *each.other]


def _alone_s(each: Step | Beside) -> float:
    if isinstance(each, Step):
        return each.work_s / each.width
    return max(sum(map(_alone_s, each.one)), sum(map(_alone_s, each.other)))


@dataclass(frozen=True)
class Outcome:
    """Of films after the first ones: how many a second, and how long each took."""

    per_s: float
    seconds: Sequence[float]
    utilisation: Mapping[str, float]
    """Share of its servers' time that a station is held; of a pool, that its processors work."""

    def quantile_s(self, share: float) -> float:
        """Seconds within which that share of films is answered."""
        return float(np.quantile(self.seconds, share))
