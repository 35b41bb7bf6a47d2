"""Whether the models' probabilities are true: compared with what readers said who had not seen them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from review.insight.estimates import MIN_READINGS, Draws, Estimate, Values, wilson
from review.insight.readings import PROBABILITIES

Truths = NDArray[np.bool_]

MAX_BINS = 10
"""Of a curve, with the same number of readings in each. Source: bins of equal width are mostly empty in the middle
(Nixon et al. 2019, "Measuring calibration in deep learning")."""

MAX_ROUNDS = 1000
"""Draws of what a model would show whose probabilities are exactly true."""


@dataclass(frozen=True)
class Bin:
    """Readings of about the same probability."""

    n: int
    stated: float
    """Mean probability."""
    happened: Estimate


@dataclass(frozen=True)
class Reliability:
    """Of one probability."""

    bins: list[Bin]
    error: Estimate
    """Expected calibration error over the bins."""
    chance: float
    """What it stays below in 95 of 100 cases if the probabilities are exactly true: so few readings alone make it."""
    excess: Estimate
    """Mean probability less how often it happened: above 0 is too sure."""


def most_probable(readings: pd.DataFrame) -> Reliability:
    """Of the most probable class: did the reader say it?"""
    stated = readings[PROBABILITIES].to_numpy(np.float64).max(axis=1, initial=0)
    return reliability(stated, (readings["label"] == readings["predicted"]).to_numpy(), readings)


def of_class(readings: pd.DataFrame, name: str) -> Reliability:
    """Of one class: did the reader say it?"""
    return reliability(readings[f"p_{name}"].to_numpy(np.float64), (readings["label"] == name).to_numpy(), readings)


def reliability(stated: Values, happened: Truths, readings: pd.DataFrame) -> Reliability:
    """Probabilities against what happened, shape (n,) each."""
    draws = Draws(readings["patient"].to_numpy())
    if not draws.enough:
        return Reliability([], Estimate(draws.n), 0.0, Estimate(draws.n))
    number = min(MAX_BINS, draws.n // MIN_READINGS)
    edges = np.unique(np.quantile(stated, np.linspace(0, 1, number + 1)[1:-1]))
    which = np.eye(len(edges) + 1)[np.searchsorted(edges, stated, side="right")]
    which = which[:, which.any(axis=0)]
    columns = np.hstack([which * happened[:, None], which * stated[:, None]])
    count = which.shape[1]

    def error(sums: Values) -> Values:
        return np.asarray(np.abs(sums[:, :count] - sums[:, count : 2 * count]).sum(axis=1) / sums[:, -1])

    with_count = np.column_stack([columns, np.ones(draws.n)])
    return Reliability(
        _bins(which, stated, happened),
        draws.estimate(with_count, error),
        _chance(which, stated),
        draws.mean(stated - happened),
    )


def _bins(which: Values, stated: Values, happened: Truths) -> list[Bin]:
    n = which.sum(axis=0)
    right = which.T @ happened
    low, high = wilson(right, n)
    means = (which.T @ stated) / n
    found = np.array([n, means, right / n, low, high]).T.tolist()
    return [Bin(int(size), mean, Estimate(int(size), *share)) for size, mean, *share in found]


def _chance(which: Values, stated: Values) -> float:
    random = np.random.default_rng(0)
    rounds = int(np.clip(4_000_000 // len(stated), 100, MAX_ROUNDS))
    drawn = (random.random((rounds, len(stated)), np.float32) < stated).astype(np.float32)
    errors = np.abs(drawn @ which.astype(np.float32) - stated @ which).sum(axis=1) / len(stated)
    return float(np.quantile(errors, 0.95))
