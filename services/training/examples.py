"""Augmented examples for the classifier: films as serving shows them, changed in what tells nothing of a disease."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr import lungs
from cxr.classifier import MAP_CELL
from cxr.geometry import Square
from cxr.radiograph import Pixels
from training import augment
from training.boxes import Marked
from training.chests import Chest, Chests, Mask
from vocabulary.conditions import CLASSES

CUT_SHARE = 0.3
"""Share of examples that are shown through another film's region, so that its outline tells nothing."""


@dataclass(frozen=True)
class Example:
    """What the network is shown of a film, and where a reader saw a finding on it."""

    pixels: Pixels
    """Shape (side, side), 0 where nothing is shown."""
    output: int = -1
    """Among the logits: the finding that the boxes are of; -1 without boxes."""
    boxes: NDArray[np.float32] | None = None
    """Shape (side / 8, side / 8): how much of each cell of the maps is in a box."""


class Examples:
    """Draws them from films.

    Args:
        chests: the films.
        whole: show all of a film, and not its region alone.
    """

    def __init__(self, chests: Chests, whole: bool = False) -> None:
        self.chests, self.whole = chests, whole

    def draw(self, index: int, side: int, blank: bool, random: np.random.Generator) -> Example:
        """One of a film; blank: its lungs are painted over."""
        chest, marked = self.chests[index], [] if blank else self.chests.marked(index)
        one = marked[int(random.integers(len(marked)))] if marked else None
        square = augment.jitter(chest.square, random, 0.06, 0.12)
        images = [chest.crop(square, side), self._region(chest, square, side, random) * np.uint8(255)]
        if blank:
            images[0] = paint_over(images[0], chest.within(chest.mask, square, side))
        if one is not None:
            images.append(chest.within(one.mask(chest.film.shape), square, side) * np.uint8(255))
        images = augment.warp(images, random, 10, 0.1)
        if random.random() < 0.5:
            images = [np.ascontiguousarray(image[:, ::-1]) for image in images]
        shown = lungs.shown(_altered(images[0], random), (images[1] > 127).astype(np.uint8))
        return Example(shown) if one is None else _boxed(shown, one, images[2])

    def _region(self, chest: Chest, square: Square, side: int, random: np.random.Generator) -> Mask:
        region = chest.within(chest.region, square, side)
        if self.whole:
            return np.ones_like(region)
        return self._cut(region, random) if random.random() < CUT_SHARE else region

    def _cut(self, region: Mask, random: np.random.Generator) -> Mask:
        """The region within another film's, so that outlines tell nothing about the class."""
        other: Chest = self.chests[int(random.integers(len(self.chests)))]
        cut = region & other.within(other.region, other.square, len(region))
        return cut if cut.sum() > 0.4 * region.sum() else region


def _altered(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Other grey levels, another texture, a place erased."""
    pixels = augment.equalise(augment.retone(augment.expose(pixels, random), random), random)
    pixels = augment.degrade(augment.retexture(pixels, random), random, 0.3, 0.35)
    return augment.erase(pixels, random)


def _boxed(shown: Pixels, marked: Marked, mask: Mask) -> Example:
    cells = len(shown) // MAP_CELL
    share = cv2.resize(mask, (cells, cells), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return Example(shown, len(CLASSES) + marked.output, np.asarray(share, np.float32))


def paint_over(pixels: Pixels, mask: Mask) -> Pixels:
    """The crop with its lungs in one grey: their median."""
    grey = int(np.median(pixels[mask > 0])) if mask.any() else 127
    return np.asarray(np.where(mask > 0, np.uint8(grey), pixels), np.uint8)
