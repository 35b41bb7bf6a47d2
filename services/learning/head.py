"""The last layer of the classifier, taught by a hospital's labels, anchored and with the base films' features replayed.

The classifier's evidence is a linear layer of features, and its heat maps are the same layer at each place: a new layer
moves both, and harms neither features nor the places that heat maps show.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logsumexp, softmax

from training.memory import Memory
from training.statistics import area_under_curve
from vocabulary.conditions import CLASSES

Floats = NDArray[np.float64]

ANCHOR = 30.0
"""Of the squared distance from the served layer, in units of the site's labels' loss, features of unit variance."""

REPLAYS = (1.0, 3.0, 10.0)
"""How much the base films weigh against the site's: the first of these with which they are not forgotten."""

FORGOTTEN = 0.01
"""By how much the macro AUROC of base films that were not replayed may fall. Source: what the judge allows."""

REPLAYED = 4000
"""Base films that are replayed, at most, drawn as training draws them: the gradient needs no more."""


@dataclass(frozen=True)
class Head:
    """The classes' layer: logits = features @ weight.T + bias."""

    weight: Floats
    """Shape (classes, width)."""
    bias: Floats
    """Shape (classes,)."""

    def logits(self, features: NDArray[np.floating]) -> Floats:
        """Shape (films, classes)."""
        return np.asarray(features.astype(np.float64) @ self.weight.T + self.bias)

    def calibrated(self, scale: float, shift: Floats) -> "Head":
        """The same, its logits multiplied and moved."""
        return Head(self.weight * scale, self.bias * scale + shift)


@dataclass(frozen=True)
class Lesson:
    """Films with what readers said of them."""

    features: NDArray[np.floating]
    """Shape (films, width)."""
    targets: Floats
    """Shape (films, classes): how likely each class is, from the readers' labels alone."""
    weight: Floats
    """Shape (films,): how much each teaches."""


@dataclass(frozen=True)
class Asked:
    """What readers' boxes ask: that rows find more evidence in some features than in others."""

    row: NDArray[np.int64]
    """Shape (marks,): of which row of the layer it is asked."""
    away: Floats
    """Shape (marks, width): features in the boxes less those outside."""
    weight: Floats
    """Shape (marks,): how much it is asked, in labels."""


def drawn(memory: Memory, films: int = REPLAYED) -> Lesson:
    """The base films that are replayed: the same ones each time."""
    train = memory.of("train")
    share = memory.weight[train].astype(np.float64)
    count = min(films, int((share > 0).sum()))
    chosen = train[np.random.default_rng(0).choice(len(train), count, replace=False, p=share / share.sum())]
    targets = np.eye(len(CLASSES))[memory.classes[chosen]]
    # Drawn without replacement, in proportion to their weight: nearly each draws alike, and so weighs alike.
    return Lesson(memory.features[chosen].astype(np.float64), targets, np.ones(len(chosen)))


def unseen(memory: Memory) -> Lesson:
    """The base films by which a taught layer's replay is chosen: neither replayed, nor any that judge."""
    val = memory.of("val")
    targets = np.eye(len(CLASSES))[memory.classes[val]]
    return Lesson(memory.features[val].astype(np.float64), targets, np.ones(len(val)))


def remembering(
    served: Head, lesson: Lesson, base: Lesson, others: Lesson, temperature: float, asked: Asked | None = None
) -> tuple[Head, float]:
    """A taught layer that forgets nothing, and how much the base films had to weigh for that.

    Args:
        base: from drawn.
        others: from unseen.
        asked: by boxes, if any.
    """
    known = others.targets.argmax(axis=1)
    before = area_under_curve(known, served.logits(others.features))
    taught = served
    for replay in REPLAYS:
        taught = teach(served, lesson, base, temperature, replay=replay, asked=asked)
        if area_under_curve(known, taught.logits(others.features)) > before - FORGOTTEN:
            break
    return taught, replay


def teach(
    served: Head,
    lesson: Lesson,
    base: Lesson,
    temperature: float,
    anchor: float = ANCHOR,
    replay: float = REPLAYS[0],
    asked: Asked | None = None,
) -> Head:
    """A layer that explains the lesson, stays near the served one, and still explains the base films.

    Where boxes ask something, too, the loss has a logistic term more for each: convex as the rest, so that there is
    still one layer that is best.

    Args:
        base: from drawn.
        temperature: divides the logits as served.
        anchor: see ANCHOR.
        replay: see REPLAYS.
        asked: by boxes, if any.

    Source:
        L2-SP: Li et al. 2018; replay of features: Hayes et al. 2020.
    """
    replayed = base if replay else Lesson(base.features[:0], base.targets[:0], base.weight[:0])
    together = np.concatenate([lesson.features, replayed.features]).astype(np.float64)
    mean, deviation = base.features.mean(axis=0), base.features.std(axis=0) + 1e-6
    scaled = np.concatenate([(together - mean) / deviation, np.ones((len(together), 1))], axis=1)
    start = _scaled(served, mean, deviation)
    site = lesson.weight.sum()
    weight = np.concatenate([lesson.weight, replayed.weight * (replay * site / base.weight.sum())])
    targets = np.concatenate([lesson.targets, replayed.targets])

    def loss(flat: Floats) -> tuple[float, Floats]:
        layer = flat.reshape(start.shape)
        logits = scaled @ layer.T / temperature
        total = logsumexp(logits, axis=1, keepdims=True)
        error = weight[:, None] * (np.exp(logits - total) - targets)
        away = layer - start
        away[:, -1] = 0  # a bias may go where the hospital's share of the classes is
        value = -(weight * (targets * (logits - total)).sum(axis=1)).sum() + anchor / 2 * (away**2).sum()
        gradient = error.T @ scaled / temperature + anchor * away
        if asked:
            surprise, slope = _unmet(layer[:, :-1], asked, temperature * deviation)
            value, gradient[:, :-1] = value + surprise, gradient[:, :-1] + slope
        return float(value), gradient.ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x.reshape(start.shape)
    layer = found[:, :-1] / deviation
    return Head(layer, found[:, -1] - layer @ mean)


def warmed(head: Head, asked: Asked, base: Lesson) -> Head:
    """The same classes with warmer maps in readers' boxes: one row is added to all.

    What is added to all rows alike, the softmax does not see: no film's probabilities change, but for rounding, and so
    boxes cannot harm what was learned of the classes. The maps' mean over the base films stays, too.

    Args:
        asked: by boxes.
        base: from drawn.
    """
    mean, deviation = base.features.mean(axis=0), base.features.std(axis=0) + 1e-6
    layer = head.weight * deviation

    def loss(added: Floats) -> tuple[float, Floats]:
        surprise, slope = _unmet(layer + added, asked, deviation)
        return surprise + ANCHOR / 2 * float(added @ added), slope.sum(axis=0) + ANCHOR * added

    found = minimize(loss, np.zeros(layer.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    row = found / deviation
    return Head(head.weight + row, head.bias - row @ mean)


def _unmet(layer: Floats, asked: Asked, units: Floats) -> tuple[float, Floats]:
    """How far what boxes ask is not met, and its gradient by the layer; units divide the features.

    Source:
        The pairwise logistic loss: Burges et al. 2005 (RankNet).
    """
    away = asked.away / units
    margin = (layer[asked.row] * away).sum(axis=1)
    slope = np.zeros_like(layer)
    np.add.at(slope, asked.row, -(asked.weight * expit(-margin))[:, None] * away)
    return float((asked.weight * np.logaddexp(0, -margin)).sum()), slope


def _scaled(head: Head, mean: Floats, deviation: Floats) -> Floats:
    return np.concatenate([head.weight * deviation, (head.bias + head.weight @ mean)[:, None]], axis=1)


def as_served(head: Head) -> Head:
    """With the rounding of half precision, in which it is stored and served."""
    weight, bias = (np.asarray(each, np.float16).astype(np.float64) for each in (head.weight, head.bias))
    return Head(weight, bias)


PRIOR = 10.0
"""Of the calibration, in labels: how much it stays as it is with few."""


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


def probabilities(head: Head, features: NDArray[np.floating], temperature: float) -> Floats:
    """Shape (films, classes), as served."""
    return np.asarray(softmax(head.logits(features) / temperature, axis=1))
