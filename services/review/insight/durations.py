"""How long readers look at a film before they say what they see."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom

from review.insight.agreement import Span, spans
from review.insight.estimates import MIN_READINGS, Estimate, Values


@dataclass(frozen=True)
class Duration:
    """Of some readings, in seconds."""

    median: Estimate
    quartiles: tuple[float, float] | None
    """None where there are too few."""


def duration(readings: pd.DataFrame) -> Duration:
    """Of readings whose time was measured."""
    seconds = np.sort(_measured(readings)["seconds"].to_numpy(np.float64))
    if len(seconds) < MIN_READINGS:
        return Duration(Estimate(len(seconds)), None)
    low, high = _order(seconds)
    first, middle, third = np.quantile(seconds, [0.25, 0.5, 0.75])
    return Duration(Estimate(len(seconds), float(middle), low, high), (float(first), float(third)))


def over_time(readings: pd.DataFrame) -> list[tuple[Span, Duration]]:
    """The same by week."""
    return [(span, duration(span.rows)) for span in spans(_measured(readings))]


def _measured(readings: pd.DataFrame) -> pd.DataFrame:
    """0 is what stands where nothing was measured."""
    return readings[readings["seconds"] > 0]


def _order(ordered: Values) -> tuple[float, float]:
    """The 95 % interval of the median.

    Source:
        Between order statistics, which supposes nothing of the distribution (Conover 1999, 3.2).
    """
    below = int(binom.ppf(0.025, len(ordered), 0.5))
    return float(ordered[max(0, below - 1)]), float(ordered[min(len(ordered) - 1, len(ordered) - below)])
