"""What the served classifier answers to films, and where its heat lies."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.runtime import Network
from training.chests import Chest, Chests
from training.robustness import Change
from vocabulary.conditions import CLASSES


@dataclass(frozen=True)
class Answers:
    """What the network says of some films."""

    logits: NDArray[np.float32]
    """Shape (films, classes and findings)."""

    heat_in_lungs: NDArray[np.float64]
    """Of the likeliest class's map; not a number where it has no heat."""

    @property
    def classes(self) -> NDArray[np.float32]:
        """The classes' logits."""
        return self.logits[:, : len(CLASSES)]

    @property
    def findings(self) -> NDArray[np.float32]:
        """The findings' logits."""
        return self.logits[:, len(CLASSES) :]


def ask(network: Network, side: int, chests: Chests, change: Change | None = None) -> Answers:
    """The served network's answers to crops of that side, of films that are changed first where a change is given."""
    logits, inside = [], []
    for index in range(len(chests)):
        chest = chests[index] if change is None else change(chests[index])
        found, maps = network(chest.shown(side)[None, None])
        logits.append(found[0])
        inside.append(heat_inside(chest, side, maps[0, int(found[0, : len(CLASSES)].argmax())]))
    return Answers(np.array(logits, np.float32).reshape(len(chests), -1), np.array(inside))


def heat_inside(chest: Chest, side: int, activation: NDArray[np.float32]) -> float:
    """The share of a map's positive part that lies in the lungs, not a number if it has none.

    Args:
        side: of the crop, pixels.
        activation: shape (cells, cells), covers the film's crop.
    """
    heat = cv2.resize(np.maximum(activation, 0), (side, side), interpolation=cv2.INTER_LINEAR)
    total = float(heat.sum())
    return float(heat[chest.within(chest.mask, chest.square, side) > 0].sum()) / total if total > 0 else float("nan")
