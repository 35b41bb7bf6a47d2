"""Parent and candidate on the same films: differences with bounds, by patient."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Judged":
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


Measure = Callable[[NDArray[np.int64], Floats, Floats], Floats]
"""Of classes (films,), probabilities (films, classes) and weights (rounds, films): one figure a round."""


def compare(judged: Judged, measure: Measure | None = None, rounds: int = ROUNDS) -> Difference:
    """A figure of both (areas unless given), with bounds from a paired bootstrap that draws patients.

    Source:
        Efron and Tibshirani 1993; the same draws for both, since the same films are easy for both.
    """
    return paired(partial(measure or areas, judged.classes), judged.parent, judged.candidate, judged.patients, rounds)


def paired(
    measure: Callable[[Floats, Floats], Floats],
    parent: Floats,
    candidate: Floats,
    patients: NDArray[np.int64],
    rounds: int = ROUNDS,
) -> Difference:
    """The same of whatever both say of films.

    Args:
        measure: of that and weights (rounds, films): one figure a round.
        parent: what it says, films first.
        candidate: the same.
        patients: the same number for films of a patient.
        rounds: of the bootstrap.
    """
    whole, drawn = np.ones((1, len(patients))), patient_draws(patients, rounds)
    before, after = (float(measure(each, whole)[0]) for each in (parent, candidate))
    return Difference(before, after, measure(candidate, drawn) - measure(parent, drawn))


def mean(values: Floats, weights: Floats) -> Floats:
    """Of films' values (films,), one figure a round of weights (rounds, films)."""
    return np.asarray(weights @ values / weights.sum(axis=1))


def patient_draws(patients: NDArray[np.int64], rounds: int, seed: int = 0) -> Floats:
    """How often each film is in each draw of as many patients, with replacement; shape (rounds, films)."""
    random = np.random.default_rng(seed)
    _, codes = np.unique(patients, return_inverse=True)
    count = int(codes.max()) + 1
    return random.multinomial(count, np.full(count, 1 / count), rounds)[:, codes].astype(np.float64)


def areas(classes: NDArray[np.int64], probabilities: Floats, weights: Floats) -> Floats:
    """Mean over the classes present of the area under the ROC curve, each class against the rest.

    Source:
        The Mann-Whitney statistic, as in training.statistics.area_under_curve, with weights and for all rounds at once.
    """
    found = [_area(classes == at, probabilities[:, at], weights) for at in range(probabilities.shape[1])]
    present = [~np.isnan(each) for each in found]
    total = np.sum([np.nan_to_num(each) for each in found], axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / np.sum(present, axis=0))


def _area(positive: NDArray[np.bool_], scores: Floats, weights: Floats) -> Floats:
    """Of one class; not a number where a round has none of it, or nothing else."""
    if positive.all() or not positive.any():
        return np.full(len(weights), np.nan)
    order = np.argsort(scores, kind="stable")
    own, ranked = positive[order], weights[:, order]
    below = np.cumsum(ranked * ~own, axis=1)
    # Films with the same score count half: the mean of what is below the first of them and at the last.
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    lengths = np.diff(starts, append=len(order))
    ends = below[:, starts + lengths - 1]
    middle = (ends + np.concatenate([np.zeros((len(weights), 1)), ends[:, :-1]], axis=1)) / 2
    pairs = (ranked * own).sum(axis=1) * below[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((ranked * own * np.repeat(middle, lengths, axis=1)).sum(axis=1) / pairs)


def log_loss(classes: NDArray[np.int64], probabilities: Floats, weights: Floats) -> Floats:
    """Mean surprise, in nats."""
    surprise = -np.log(np.clip(probabilities[np.arange(len(classes)), classes], 1e-9, 1))
    return mean(surprise, weights)


def error(classes: NDArray[np.int64], probabilities: Floats, weights: Floats, bins: int = 15) -> Floats:
    """Expected calibration error, as in training.statistics.calibration_error."""
    confidence = probabilities.max(axis=1)
    off = (probabilities.argmax(axis=1) == classes) - confidence
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    each = [np.abs(weights[:, which == at] @ off[which == at]) for at in np.unique(which)]
    return np.asarray(np.sum(each, axis=0) / weights.sum(axis=1))
