"""Parent and candidate on the same films: differences with bounds, by patient."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics import area_under_curve, calibration_error

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

ROUNDS = 1000


@dataclass(frozen=True)
class Judged:
    """Films whose class is known, and what parent and candidate say of them."""

    classes: NDArray[np.int64]
    parent: Floats
    candidate: Floats
    """Probabilities, shape (films, classes)."""
    patients: NDArray[np.int64]
    """The same number for films of a patient."""

    def __len__(self) -> int:
        return len(self.classes)

    def __getitem__(self, chosen: NDArray[np.bool_] | Positions) -> "Judged":
        return Judged(self.classes[chosen], self.parent[chosen], self.candidate[chosen], self.patients[chosen])


@dataclass(frozen=True)
class Difference:
    """A figure of both, and candidate less parent."""

    parent: float
    candidate: float
    draws: Floats
    """The difference in each draw of patients."""

    def at_least(self, alpha: float) -> float:
        """The lower end of the difference; by chance it is below in a share alpha of the cases."""
        return float(np.nanquantile(self.draws, alpha))

    @property
    def low(self) -> float:
        """At least this, but in one case of twenty."""
        return self.at_least(0.05)

    @property
    def high(self) -> float:
        """At most this, but in one case of twenty."""
        return self.at_least(0.95)

    @property
    def gain(self) -> float:
        """Candidate less parent."""
        return self.candidate - self.parent

    def __str__(self) -> str:
        return f"{self.parent:.3f}, then {self.candidate:.3f} ({self.low:+.3f} to {self.high:+.3f})"


Measure = Callable[[NDArray[np.int64], Floats], float]
"""Of classes (films,) and probabilities (films, classes)."""


def compare(judged: Judged, measure: Measure = area_under_curve, rounds: int = ROUNDS) -> Difference:
    """A figure of both, with bounds from a paired bootstrap that draws patients.

    Source:
        Efron and Tibshirani 1993; the same draws for both, since the same films are easy for both.
    """
    draws = patient_draws(judged.patients, rounds)
    found = [
        measure(judged.classes[at], judged.candidate[at]) - measure(judged.classes[at], judged.parent[at])
        for at in draws
    ]
    before, after = (measure(judged.classes, each) for each in (judged.parent, judged.candidate))
    return Difference(before, after, np.array(found))


def patient_draws(patients: NDArray[np.int64], rounds: int, seed: int = 0) -> list[Positions]:
    """Positions of the films of patients that are drawn with replacement, again and again."""
    random = np.random.default_rng(seed)
    _, codes, films = np.unique(patients, return_inverse=True, return_counts=True)
    order, starts = np.argsort(codes, kind="stable"), np.cumsum(films) - films
    drawn = random.integers(0, len(films), (rounds, len(films)))
    return [order[_runs(starts[draw], films[draw])] for draw in drawn]


def _runs(starts: Positions, lengths: Positions) -> Positions:
    """Each start and the numbers that follow it, as many as its length."""
    ends = np.cumsum(lengths)
    return np.asarray(np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths))


def log_loss(classes: NDArray[np.int64], probabilities: Floats) -> float:
    """Mean surprise, in nats."""
    return float(-np.log(np.clip(probabilities[np.arange(len(classes)), classes], 1e-9, 1)).mean())


def error(classes: NDArray[np.int64], probabilities: Floats) -> float:
    """Expected calibration error."""
    return calibration_error(classes, probabilities)
