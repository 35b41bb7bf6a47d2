"""Figures with their uncertainty."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

Interval = tuple[float, float]


def wilson(right: int, total: int) -> Interval:
    """The 95 % interval of a share.

    Source:
        Wilson 1927; unlike the normal approximation, it holds for small numbers and for shares near 0 and 1.
    """
    z = float(norm.ppf(0.975))
    share, spread = right / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * np.sqrt(share * (1 - share) / total + spread / (4 * total))
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def operating_point(scores: NDArray[np.floating], sensitivity: float) -> float:
    """The highest threshold, in steps of 0.0001, that at least this share of a class's films reach.

    Args:
        scores: the class's probability for each of its films.
        sensitivity: in (0, 1].
    """
    needed = math.ceil(sensitivity * len(scores))
    return math.floor(1e4 * float(np.sort(scores)[-needed])) / 1e4


def bootstrap(
    figure: Callable[[NDArray[np.int64]], float],
    patients: NDArray[np.object_],
    rounds: int = 1000,
    biased: bool = False,
) -> Interval:
    """The 95 % interval of a figure, drawing patients with replacement, since films of one patient are alike.

    Args:
        figure: of the rows with the given positions; not a number where it does not exist.
        patients: each row's patient.
        rounds: how often they are drawn.
        biased: the figure is larger in every draw than in the whole, as a mean of absolute deviations is: the draws
            are moved until their mean is the figure's.

    Source:
        Efron and Tibshirani 1993, chapter 10: the bootstrap's estimate of bias.
    """
    random = np.random.default_rng(0)
    _, codes = np.unique(patients.astype(str), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    draws = random.integers(0, len(groups), (rounds, len(groups)))
    drawn = [figure(np.concatenate([groups[group] for group in draw])) for draw in draws]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    if biased:
        bias = float(np.nanmean(drawn)) - figure(np.arange(len(patients)))
        low, high = max(0.0, low - bias), high - bias
    return float(low), float(high)


def area_under_curve(truth: NDArray[np.int64], scores: NDArray[np.floating]) -> float:
    """Mean over the classes present of the area under the ROC curve, each class against the rest.

    Args:
        truth: shape (n,), class indices.
        scores: shape (n, classes); higher is likelier.
    """
    present = np.unique(truth)
    if len(present) < 2:
        return float("nan")
    return float(np.mean([_one_against_rest(truth == index, scores[:, index]) for index in present]))


def _one_against_rest(positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """Source: the area is the Mann-Whitney statistic, which a bootstrap can afford a thousand times."""
    count = int(positive.sum())
    above = float(rankdata(scores)[positive].sum()) - count * (count + 1) / 2
    return above / (count * (len(positive) - count))


def calibration_error(truth: NDArray[np.int64], probabilities: NDArray[np.floating], bins: int = 15) -> float:
    """How far the predicted class's probability is from how often it is right, mean over bins weighted by size.

    Source:
        Expected calibration error, Guo et al. 2017.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    bins_ = [which == index for index in np.unique(which)]
    return float(sum(abs(right[bin_].mean() - confidence[bin_].mean()) * bin_.mean() for bin_ in bins_))
