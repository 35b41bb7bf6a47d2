"""Intervals that hold a stated share of readers' numbers, from how far off the validation split's films were."""

import math

import numpy as np
from numpy.typing import NDArray


def factor(
    truth: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64], coverage: float
) -> float:
    """How many of its spreads a film's interval reaches to each side; all of shape (films,).

    Source:
        Split conformal prediction with normalised residuals, Lei et al. 2018, 5.2: the rank is that of n + 1.
    """
    scores = np.sort(np.abs(truth - mean) / np.maximum(spread, 1e-6))
    rank = min(math.ceil((len(scores) + 1) * coverage), len(scores))
    return math.ceil(1e4 * float(scores[rank - 1])) / 1e4
