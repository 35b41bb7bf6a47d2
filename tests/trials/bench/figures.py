"""From samples to figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

RESAMPLES = 2000


@dataclass(frozen=True)
class Spread:
    """Percentiles of samples, in their unit."""

    p25: float
    p50: float
    p75: float
    p95: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        """Of at least one sample."""
        p25, p50, p75, p95 = (float(value) for value in np.percentile(samples, (25, 50, 75, 95)))
        return cls(p25, p50, p75, p95, len(samples))

    def rounded(self) -> dict[str, Any]:
        """For a report."""
        return {name: round(value, 2) for name, value in asdict(self).items()}


def median_ratio(above: Sequence[float], below: Sequence[float]) -> tuple[float, float, float]:
    """The ratio of two medians of paired samples, and its 95 % bootstrap interval.

    Source:
        Percentile bootstrap over whole pairs (Efron and Tibshirani 1993, chapter 13): what slowed both of a pair moves
        both.
    """
    pairs = np.array([above, below])
    chosen = np.random.default_rng(1).integers(0, pairs.shape[1], (RESAMPLES, pairs.shape[1]))
    medians = np.median(pairs[:, chosen], axis=-1)
    low, high = np.percentile(medians[0] / medians[1], (2.5, 97.5))
    return float(np.median(above) / np.median(below)), float(low), float(high)
