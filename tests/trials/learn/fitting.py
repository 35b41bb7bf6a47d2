"""A linear layer that is fitted near another one by labels alone, those of base films with it: what others do."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from learning.head import Floats, Head, Lesson


def fit(near: Head, lesson: Lesson, base: Lesson, anchor: float, replay: float = 0.0) -> Head:
    """The one layer that explains a lesson best, stays near another one, and explains the base films' labels, too.

    Args:
        base: films that are replayed; features are scaled by them.
        anchor: of the squared distance, in units of a label's loss, features of unit variance.
        replay: how much the base films weigh against the lesson's.

    Source:
        L2-SP: Li et al. 2018; replay of features: Hayes et al. 2020.
    """
    replayed = base if replay else base[np.zeros(len(base.weight), bool)]
    mean, deviation = base.units
    together = (np.concatenate([lesson.features, replayed.features]) - mean) / deviation
    scaled = np.concatenate([together, np.ones((len(together), 1))], axis=1)
    start = np.concatenate([near.weight * deviation, (near.bias + near.weight @ mean)[:, None]], axis=1)
    share = replay * lesson.weight.sum() / base.weight.sum()
    weight = np.concatenate([lesson.weight, replayed.weight * share])
    targets = np.concatenate([lesson.targets, replayed.targets])

    def loss(flat: Floats) -> tuple[float, Floats]:
        layer = flat.reshape(start.shape)
        logits = scaled @ layer.T
        total = logsumexp(logits, axis=1, keepdims=True)
        error = weight[:, None] * (np.exp(logits - total) - targets)
        away = layer - start
        away[:, -1] = 0  # a bias may go where the hospital's share of the classes is
        value = -(weight * (targets * (logits - total)).sum(axis=1)).sum() + anchor / 2 * (away**2).sum()
        return float(value), (error.T @ scaled + anchor * away).ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x.reshape(start.shape)
    layer = found[:, :-1] / deviation
    return Head(layer, found[:, -1] - layer @ mean)
