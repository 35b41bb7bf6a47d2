"""Numbers with their uncertainty, or "too few to say" instead of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from review.languages.numbers import decimal
from review.languages.texts import gettext, gettext_noop

Values = NDArray[np.float64]
Codes = NDArray[np.int64]

MIN_READINGS = 20
"""Readings below which no number is given. Source: a judgement; with 20, Wilson's interval of a share of one half is
already 0.30 to 0.70 wide."""

MIN_OF_CLASS = 5
"""The same for one class, counted in patients."""

MIN_PATIENTS = 10
"""The same for patients: a bootstrap over fewer of them promises more than it knows."""

ROUNDS = 500
"""Draws of a bootstrap. Source: Efron and Tibshirani 1993, 12.4: some hundreds do for the ends of an interval."""

TOO_FEW = gettext_noop("too few to say")

ONE_KIND = gettext_noop("not defined: all of one kind")


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, or why there is none."""

    n: int
    """Readings, or films, that it is of."""
    value: float | None = None
    low: float = 0.0
    high: float = 0.0
    why: str = TOO_FEW
    """There is no number: in English, as its ID."""

    def __str__(self) -> str:
        if self.value is None:
            return gettext(self.why)
        value, low, high = (decimal(each, 2) for each in (self.value, self.low, self.high))
        return gettext("%(value)s (%(low)s to %(high)s)", value=value, low=low, high=high)

    @property
    def sign(self) -> int:
        """Of a difference: 1 where all of the interval is above 0, -1 where it is below, else 0."""
        return 0 if self.value is None else int(self.low > 0) - int(self.high < 0)


def wilson(right: Any, total: Any) -> tuple[Any, Any]:
    """The ends of the 95 % interval of a share; numbers or arrays.

    Source:
        Wilson 1927; unlike the normal approximation, it holds for small numbers and for shares near 0 and 1.
    """
    z = float(norm.ppf(0.975))
    share, spread = right / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * np.sqrt(share * (1 - share) / total + spread / (4 * total))
    return np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)


def share(right: int, total: int, least: int = MIN_READINGS) -> Estimate:
    """How often something is so, of readings that have nothing to do with each other."""
    if total < max(least, 1):
        return Estimate(total)
    low, high = wilson(right, total)
    return Estimate(total, right / total, float(low), float(high))


class Draws:
    """Patients, drawn with replacement again and again, since films of one patient are alike.

    Every figure that is made of sums can be had of all draws at once: weights @ sums by patient.
    """

    def __init__(self, patients: NDArray[Any], rounds: int = ROUNDS) -> None:
        """Patients: each reading's, shape (n,)."""
        codes, names = pd.factorize(patients)
        self.codes: Codes = np.asarray(codes, np.int64)
        self.patients = len(names)
        self.n = len(codes)
        drawn = np.random.default_rng(0).integers(0, max(1, self.patients), (rounds, self.patients), np.int32)
        flat = drawn + np.arange(rounds)[:, None] * self.patients
        counts = np.bincount(flat.ravel(), minlength=rounds * self.patients)
        self.weights: NDArray[np.float32] = counts.reshape(rounds, self.patients).astype(np.float32)
        """Shape (rounds, patients): how often each was drawn."""

    @property
    def enough(self) -> bool:
        """Whether anything can be said."""
        return self.n >= MIN_READINGS and self.patients >= MIN_PATIENTS

    def sums(self, columns: Values) -> Values:
        """The sums of columns, shape (n, k), in each draw: shape (rounds, k)."""
        own = [np.bincount(self.codes, column, self.patients) for column in columns.T]
        return np.asarray(self.weights @ np.array(own, np.float32).T, np.float64)

    def estimate(self, columns: Values, figure: Callable[[Values], Values]) -> Estimate:
        """A figure of sums, with its interval.

        Args:
            columns: shape (n, k): what is summed.
            figure: from sums, shape (any, k), to the figure of each; not a number where it does not exist.
        """
        if not self.enough:
            return Estimate(self.n)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = float(figure(columns.sum(axis=0, keepdims=True).astype(np.float64))[0])
            drawn = figure(self.sums(columns))
        return self.interval(value, drawn)

    def interval(self, value: float, drawn: Values) -> Estimate:
        """An estimate of a figure and what it was in each draw."""
        if not np.isfinite(value) or np.isfinite(drawn).mean() < 0.9:
            return Estimate(self.n, why=ONE_KIND)
        low, high = np.nanpercentile(drawn, [2.5, 97.5])
        return Estimate(self.n, value, float(low), float(high))

    def mean(self, values: NDArray[Any], weights: Values | None = None) -> Estimate:
        """Of values, shape (n,), with weights of the same shape or alike."""
        each = np.ones(len(values)) if weights is None else weights
        return self.estimate(np.column_stack([values * each, each]), lambda sums: np.asarray(sums[:, 0] / sums[:, 1]))

    def share(self, right: NDArray[np.bool_], weights: Values | None = None) -> Estimate:
        """How often something is so; by Wilson, patients counted, where it is always or never so."""
        found = self.mean(right, weights)
        if found.value in (0.0, 1.0):
            low, high = wilson(found.value * self.patients, self.patients)
            return Estimate(found.n, found.value, float(low), float(high))
        return found
