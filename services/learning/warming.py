"""What readers' boxes ask of the last layer's rows, and the one row that makes maps warm in them and moves no class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from learning.head import Floats, Head, Lesson

ANCHOR = 30.0
"""Of the added row's squared length, in labels, features of unit variance."""


@dataclass(frozen=True)
class Asked:
    """What readers' boxes ask: that rows find more evidence in some features than in others."""

    row: NDArray[np.int64]
    """Shape (marks,): of which row of the layer it is asked."""
    away: Floats
    """Shape (marks, width): features in the boxes less those outside."""
    weight: Floats
    """Shape (marks,): how much it is asked, in labels."""

    def margin(self, layer: Floats) -> Floats:
        """By how much a layer's rows, of shape (classes, width), find more in the boxes; shape (marks,)."""
        return np.asarray((layer[self.row] * self.away).sum(axis=1))

    def unmet(self, margin: Floats) -> tuple[float, Floats]:
        """How far what is asked is not met, and its slope by each margin.

        Source:
            The pairwise logistic loss: Burges et al. 2005 (RankNet).
        """
        return float((self.weight * np.logaddexp(0, -margin)).sum()), -self.weight * expit(-margin)


def warmed(head: Head, asked: Asked, base: Lesson) -> Head:
    """The same classes with warmer maps in readers' boxes: one row is added to all.

    What is added to all rows alike, the softmax does not see: no film's probabilities change, but for rounding, and so
    boxes cannot harm what was learned of the classes. The maps' mean over the base films stays, too.

    Args:
        asked: by boxes.
        base: from learning.head.drawn.
    """
    mean, deviation = base.units
    before, away = asked.margin(head.weight), asked.away / deviation

    def loss(added: Floats) -> tuple[float, Floats]:
        surprise, slope = asked.unmet(before + away @ added)
        return surprise + ANCHOR / 2 * float(added @ added), slope @ away + ANCHOR * added

    found = minimize(loss, np.zeros(len(mean)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    row = found / deviation
    return Head(head.weight + row, head.bias - row @ mean)
