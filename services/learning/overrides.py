"""Readers who say something else than the release: more often than of its parent, and it goes.

Looked at as often as one likes: the chance that a release which is overridden no more often than its parent ever goes
is below ALPHA + ALPHA for each kind of reading.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

ALPHA = 0.01
"""Of the parent's rate being above its limit, and of the candidate seeming to be above that limit, each; four of them,
with two kinds of readings: below 4 % in all, whenever and however often it is looked."""

MIN_PARENT = 100
"""Readings of the parent's answers, without which its rate is not known."""

GRID = 200
"""Rates that are tried."""

GRID_MIDDLES = (np.arange(GRID) + 0.5) / GRID


@dataclass(frozen=True)
class Count:
    """Readings of a release's answers, and how many of them say something else."""

    readings: int
    overridden: int

    @property
    def rate(self) -> float:
        """Of the readings; 0 of none."""
        return self.overridden / self.readings if self.readings else 0.0


@dataclass(frozen=True)
class Reading:
    """What a reader said of a film, beside the models' answer."""

    version: str
    """Of the stage that was asked last."""
    blind: bool
    """Before the answer was shown."""
    differs: bool
    """The reader's class is another one than the models', or their number outside the models' interval."""
    said: Mapping[str, float]
    """By the models: quantity to number, as learning.quantities names them."""


def counted(readings: Sequence[Reading], version: str, blind: bool) -> Count:
    """Of a version's answers."""
    own = [each for each in readings if each.version == version and each.blind == blind]
    return Count(len(own), sum(each.differs for each in own))


@functools.lru_cache
def limit(parent: Count) -> float:
    """The rate that the parent's is below, but for a chance of ALPHA, however often it is looked at as readings come.

    Source:
        The test of `evidence`, turned round: a rate is ruled out for which the mixture over lower ones is 1 / ALPHA.
    """
    if parent.overridden == parent.readings:
        return 1.0
    tried = parent.rate + (1 - parent.rate) * np.arange(1, GRID) / GRID
    ruled_out = [_mixture(parent, rate * GRID_MIDDLES, rate) > 1 / ALPHA for rate in tried]
    return float(tried[ruled_out.index(True)]) if any(ruled_out) else 1.0


def evidence(candidate: Count, at_most: float) -> float:
    """How much the candidate's readings speak for a rate above a limit; above 1 / ALPHA by chance in ALPHA of cases.

    Source:
        A mixture of likelihood ratios, which is a martingale or falls under any rate up to the limit: with Ville 1939
        it may be looked at after every reading (Robbins 1970). The mixture is even over the rates above the limit.
    """
    if at_most >= 1.0 or not candidate.readings:
        return 0.0
    return _mixture(candidate, at_most + (1 - at_most) * GRID_MIDDLES, at_most)


def _mixture(count: Count, rates: NDArray[np.float64], against: float) -> float:
    """The mean likelihood ratio of rates against one."""
    kept = count.readings - count.overridden
    logs = count.overridden * np.log(rates / against) + kept * np.log((1 - rates) / (1 - against))
    return float(np.exp(min(logsumexp(logs) - np.log(len(rates)), 700.0)))


def stops(candidate: Count, parent: Count) -> bool:
    """Whether the candidate is surely overridden more often."""
    return parent.readings >= MIN_PARENT and evidence(candidate, limit(parent)) > 1 / ALPHA


def told(readings: Sequence[Reading], version: str, parent: str) -> Iterator[tuple[str, Count, Count]]:
    """For blind readings and for those with the answer shown: its name, the candidate's count and the parent's."""
    for name, blind in (("blind", True), ("with the answer shown", False)):
        yield name, counted(readings, version, blind), counted(readings, parent, blind)
