"""Four numbers that fit the classifier's probabilities to a hospital: logits scaled alike, and each class moved."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from learning.head import Floats, Head, Lesson

PRIOR = 10.0
"""In labels: how much it stays as it is with few."""


def calibrate(served: Head, lesson: Lesson, temperature: float) -> Head:
    """The served layer with its logits scaled alike and moved: four numbers, which 50 labels can tell.

    Source:
        Guo et al. 2017 (temperature, with a bias for the hospital's shares of the classes).
    """
    logits = served.logits(lesson.features) / temperature
    total = lesson.weight.sum()

    def loss(values: Floats) -> float:
        moved = logits * np.exp(values[0]) + values[1:]
        surprise = -(lesson.weight * (lesson.targets * (moved - logsumexp(moved, axis=1, keepdims=True))).sum(axis=1))
        return float(surprise.sum() / total + PRIOR / total * (values**2).sum() / 2)

    values = minimize(loss, np.zeros(1 + logits.shape[1]), method="L-BFGS-B").x
    return served.calibrated(float(np.exp(values[0])), values[1:] * temperature)
