"""Areas under ROC curves, of all draws of a bootstrap at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from review.insight.estimates import Draws, Values


def macro(draws: Draws, truth: NDArray[np.int64], scores: Values, own: Values) -> tuple[float, Values]:
    """Mean over the classes of the area, each class against the rest: as it is, and in each draw.

    Args:
        truth: shape (n,), class indices.
        scores: shape (n, classes); higher is likelier.
        own: shape (n,), what each reading weighs.
    """
    rounds = int(np.clip(1_000_000 // max(1, len(truth)), 100, len(draws.weights)))
    weights = draws.weights[:rounds, draws.codes] * own.astype(np.float32)
    classes = range(scores.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        once = own[None]
        value = np.mean([_area(truth == each, scores[:, each], once)[0] for each in classes])
        drawn = np.mean([_area(truth == each, scores[:, each], weights) for each in classes], axis=0)
    return float(value), np.asarray(drawn)


def _area(positive: NDArray[np.bool_], scores: Values, weights: NDArray[Any]) -> Values:
    """Shape (rounds,).

    Source: the area is the Mann-Whitney statistic; a tie counts one half.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    of_positive = np.add.reduceat(weights[:, order] * positive[order], starts, axis=1).astype(np.float64)
    of_negative = np.add.reduceat(weights[:, order] * ~positive[order], starts, axis=1).astype(np.float64)
    below = np.cumsum(of_negative, axis=1) - of_negative / 2
    return np.asarray((of_positive * below).sum(axis=1) / (of_positive.sum(axis=1) * of_negative.sum(axis=1)))
