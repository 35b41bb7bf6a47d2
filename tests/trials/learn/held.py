"""How firmly the base films hold the last layer: a step that would change their answers costs, others are nearly free.

What base films are does not matter here, nor how often each class is among them: only which directions of the layer
their answers depend on.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from learning.head import Floats, Head, Lesson, probabilities

BIAS_ANCHOR = 0.01
"""Of the biases' squared distance: they are free, but not to leave for a class that the hospital never had."""


@dataclass(frozen=True)
class Held:
    """Directions in which the weights of all classes may step together, features scaled by those of the base films."""

    mean: Floats
    deviation: Floats
    """Shape (width,), of the base films' features."""
    directions: Floats
    """Shape (classes * width, directions), orthonormal."""
    use: Floats
    """Shape (directions,): how much a base film's answer tells of a step in each, by Fisher's information."""
    slope: Floats
    """Shape (directions,): of a base film's loss by its label, where the layer is."""

    @classmethod
    def by(cls, served: Head, base: Lesson) -> Self:
        """What base films ask of a served layer.

        The biases' part is taken out: a hospital may have other shares of the classes, and that is no forgetting.

        Args:
            base: from learning.head.drawn.

        Source:
            Kirkpatrick et al. 2017 (elastic weight consolidation).
        """
        mean, deviation = base.features.mean(axis=0), base.features.std(axis=0) + 1e-6
        scaled = np.concatenate([np.ones((len(base.features), 1)), (base.features - mean) / deviation], axis=1)
        said = probabilities(served, base.features, 1.0)
        classes, width = said.shape[1], scaled.shape[1]
        told = np.zeros((width, classes, width, classes))
        for one in range(classes):
            for other in range(classes):
                share = said[:, one] * (float(one == other) - said[:, other]) / len(said)
                told[:, one, :, other] = (scaled * share[:, None]).T @ scaled
        flat = told.reshape(width * classes, width * classes)
        biases, weights = flat[:classes, :classes], flat[classes:, classes:]
        across = flat[classes:, :classes]
        without = across @ np.linalg.pinv(biases)
        use, directions = np.linalg.eigh(weights - without @ across.T)
        wrong = np.einsum("fw,fc->wc", scaled, said - base.targets).ravel() / len(said)
        slope = directions.T @ (wrong[classes:] - without @ wrong[:classes])
        # From features first to classes first, as a layer has them.
        turned = directions.reshape(width - 1, classes, -1).transpose(1, 0, 2).reshape(directions.shape)
        return cls(mean, deviation, turned, np.maximum(use, 0.0), slope)

    def stepped(self, near: Head, lesson: Lesson, anchor: float, replay: float, labels: bool) -> Head:
        """The one layer that explains a lesson best, near another one, and holds what base films depend on.

        Args:
            near: the layer that it stays near.
            anchor: of the squared distance in every direction, in units of a label's loss.
            replay: how much the base films weigh against the lesson's.
            labels: base films ask for their labels, too, and not only for the answers that they had.
        """
        classes = len(near.bias)
        total = lesson.weight.sum()
        ways = self.directions / np.sqrt(anchor + replay * total * self.use)
        scaled = (lesson.features - self.mean) / self.deviation
        before = near.logits(lesson.features)
        pull = (self.slope @ (self.directions.T @ ways)) * (replay * total * labels)

        def loss(values: Floats) -> tuple[float, Floats]:
            """Steps in units of which each costs as much as any other, and the biases."""
            step, bias = values[:-classes], values[-classes:]
            logits = before + scaled @ (ways @ step).reshape(classes, -1).T + bias
            sums = logsumexp(logits, axis=1, keepdims=True)
            error = lesson.weight[:, None] * (np.exp(logits - sums) - lesson.targets)
            surprise = -(lesson.weight * (lesson.targets * (logits - sums)).sum(axis=1)).sum()
            cost = (step @ step + BIAS_ANCHOR * (bias @ bias)) / 2 + pull @ step
            slopes = (error.T @ scaled).ravel() @ ways + step + pull, error.sum(axis=0) + BIAS_ANCHOR * bias
            return float(surprise + cost), np.concatenate(slopes)

        start = np.zeros(ways.shape[1] + classes)
        found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
        step = (ways @ found[:-classes]).reshape(classes, -1) / self.deviation
        return Head(near.weight + step, near.bias + found[-classes:] - step @ self.mean)
