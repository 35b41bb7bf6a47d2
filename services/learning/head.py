"""The classifier's last layer, and films that teach it or hold it: as numbers, without pictures."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from training.memory import Memory
from vocabulary.conditions import CLASSES

Floats = NDArray[np.float64]

HOLDING = 4000
"""Base films that hold a taught layer, at most, drawn as training draws them: more say no more."""


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
    """Films with what readers said of them, or base films with what they show."""

    features: NDArray[np.floating]
    """Shape (films, width)."""
    targets: Floats
    """Shape (films, classes): how likely each class is, from the readers' labels alone."""
    weight: Floats
    """Shape (films,): how much each teaches."""

    @classmethod
    def known(cls, features: NDArray[np.floating], shown: NDArray[np.integer], count: int) -> Self:
        """Films of which it is known what they show: all teach alike.

        Args:
            shown: of the classes 0 to count - 1, by film.
        """
        targets = np.eye(count)[shown.astype(np.int64)]
        return cls(features.astype(np.float64), targets, np.ones(len(shown)))

    @property
    def units(self) -> tuple[Floats, Floats]:
        """Mean and deviation of each feature, of shape (width,): what features are measured in."""
        return self.features.mean(axis=0), self.features.std(axis=0) + 1e-6

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Self:
        return type(self)(*(getattr(self, each.name)[chosen] for each in fields(self)))


def drawn(memory: Memory, films: int = HOLDING) -> Lesson:
    """The base films that hold a taught layer: the same ones each time."""
    train = memory.of("train")
    share = memory.weight[train].astype(np.float64)
    count = min(films, int((share > 0).sum()))
    # Drawn without replacement, in proportion to their weight: nearly each draws alike, and so weighs alike.
    chosen = np.random.default_rng(0).choice(len(train), count, replace=False, p=share / share.sum())
    return _base(memory, train[chosen])


def unseen(memory: Memory) -> Lesson:
    """The base films that tell how firmly it must be held: none of those that hold it, nor any that judge."""
    return _base(memory, memory.of("val"))


def _base(memory: Memory, films: NDArray[np.int64]) -> Lesson:
    return Lesson.known(memory.features[films], memory.classes[films], len(CLASSES))


def as_served(head: Head) -> Head:
    """With the rounding of half precision, in which it is stored and served."""
    weight, bias = (np.asarray(each, np.float16).astype(np.float64) for each in (head.weight, head.bias))
    return Head(weight, bias)


def probabilities(head: Head, features: NDArray[np.floating], temperature: float) -> Floats:
    """Shape (films, classes), as served."""
    return np.asarray(softmax(head.logits(features) / temperature, axis=1))
