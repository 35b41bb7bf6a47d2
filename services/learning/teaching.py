"""A new last layer of a hospital's labels, which base films hold: what would change their answers costs.

The classifier's evidence is a linear layer of features, and its heat maps are the same layer at each place: a new layer
moves both, and harms neither features nor the places that heat maps show.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from learning.head import Floats, Head, Lesson, probabilities
from learning.warming import Asked
from training.statistics import area_under_curve

ANCHOR = 3.0
"""Of the squared distance from the served layer in every direction, in units of a label's loss, features of unit
variance. Source: docs/learning.md, what labels are worth."""

HOLDS = (6.0, 10.0, 20.0)
"""How much the base films weigh against the site's: the first of these with which they are not forgotten. Source: as
ANCHOR."""

FORGOTTEN = 0.01
"""By how much the macro AUROC of base films that do not hold the layer may fall. Source: what the judge allows."""

BIAS_ANCHOR = 30.0
"""Of the biases' squared distance: base films do not hold them, and a hospital may lack a class. With nearly none, base
films of that class were lost, and no certificate allowed the layer. Source: as ANCHOR."""


def remembering(
    served: Head, lesson: Lesson, base: Lesson, others: Lesson, temperature: float, asked: Asked | None = None
) -> tuple[Head, float]:
    """A taught layer that forgets nothing, and how much the base films had to weigh for that; the same each time.

    Args:
        base: from learning.head.drawn.
        others: from learning.head.unseen.
        temperature: divides the logits as served.
        asked: by boxes, if any.
    """
    sharp = served.calibrated(1 / temperature, np.zeros_like(served.bias))
    known = others.targets.argmax(axis=1)
    before = area_under_curve(known, probabilities(sharp, others.features, 1.0))
    held = Held.by(sharp, base)
    for hold in HOLDS:
        taught = held.taught(lesson, ANCHOR, hold, asked)
        if area_under_curve(known, probabilities(taught, others.features, 1.0)) > before - FORGOTTEN:
            break
    return taught.calibrated(temperature, np.zeros_like(taught.bias)), hold


@dataclass(frozen=True)
class Held:
    """A layer, and the directions in which the weights of its classes may step together.

    What base films are does not matter here, nor how often each class is among them: only which directions their
    answers depend on.
    """

    served: Head
    mean: Floats
    deviation: Floats
    """Shape (width,), of the base films' features."""
    directions: Floats
    """Shape (classes, width, directions), orthonormal, features scaled by these."""
    use: Floats
    """Shape (directions,): how much a base film's answer tells of a step in each, by Fisher's information."""

    @classmethod
    def by(cls, served: Head, base: Lesson) -> Self:
        """What base films ask of a served layer.

        The biases' part is taken out: a hospital may have other shares of the classes, and that is no forgetting.

        Source:
            Kirkpatrick et al. 2017 (elastic weight consolidation).
        """
        mean, deviation = base.units
        scaled = np.concatenate([np.ones((len(base.features), 1)), (base.features - mean) / deviation], axis=1)
        said = probabilities(served, base.features, 1.0)
        classes, width = said.shape[1], scaled.shape[1]
        told = np.zeros((width, classes, width, classes))
        for one in range(classes):
            for other in range(classes):
                share = said[:, one] * (float(one == other) - said[:, other]) / len(said)
                told[:, one, :, other] = (scaled * share[:, None]).T @ scaled
        flat = told.reshape(width * classes, width * classes)
        biases, weights, across = flat[:classes, :classes], flat[classes:, classes:], flat[classes:, :classes]
        use, directions = np.linalg.eigh(weights - across @ np.linalg.pinv(biases) @ across.T)
        by_class = directions.reshape(width - 1, classes, -1).transpose(1, 0, 2)
        return cls(served, mean, deviation, np.ascontiguousarray(by_class), np.maximum(use, 0.0))

    def taught(self, lesson: Lesson, anchor: float, hold: float, asked: Asked | None = None) -> Head:
        """The one layer that explains a lesson best, and holds what base films depend on.

        Args:
            anchor: see ANCHOR.
            hold: see HOLDS.
            asked: by boxes, if any: a logistic term more for each, convex as the rest.
        """
        classes = len(self.served.bias)
        ways = self.directions / np.sqrt(anchor + hold * lesson.weight.sum() * self.use)
        before = self.served.logits(lesson.features)
        moves = ((lesson.features - self.mean) / self.deviation @ ways).transpose(1, 0, 2).reshape(before.size, -1)
        if asked:
            margin = asked.margin(self.served.weight)
            turns = np.einsum("mw,mwd->md", asked.away / self.deviation, ways[asked.row])

        def loss(values: Floats) -> tuple[float, Floats]:
            """Steps in units of which each costs as much as any other, and the biases."""
            step, bias = values[:-classes], values[-classes:]
            logits = before + (moves @ step).reshape(before.shape) + bias
            sums = logsumexp(logits, axis=1, keepdims=True)
            error = lesson.weight[:, None] * (np.exp(logits - sums) - lesson.targets)
            value = -(lesson.weight * (lesson.targets * (logits - sums)).sum(axis=1)).sum()
            value += (step @ step + BIAS_ANCHOR * (bias @ bias)) / 2
            slope = error.ravel() @ moves + step
            if asked:
                surprise, pull = asked.unmet(margin + turns @ step)
                value, slope = value + surprise, slope + pull @ turns
            return float(value), np.concatenate([slope, error.sum(axis=0) + BIAS_ANCHOR * bias])

        start = np.zeros(ways.shape[-1] + classes)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
        step = (ways @ found[:-classes]) / self.deviation
        return Head(self.served.weight + step, self.served.bias + found[-classes:] - step @ self.mean)
