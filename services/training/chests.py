"""The classifier's examples: films with the region that it is shown of each, from whole films and lungs-only films."""

from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxr import lungs
from cxr.geometry import Box, Square, sample
from cxr.radiograph import Pixels
from training.crops import Crops
from training.films import TRAINED_FINDINGS, Films, frontal
from training.settings import SegmenterSettings
from vocabulary.conditions import CLASSES

Mask = NDArray[np.uint8]

UNKNOWN = -1
"""A finding that the film's source does not tell."""

MAX_BLACK = 8
"""Grey level up to which a pixel of a lungs-only film is taken for blacked out: JPEG blurs the edge."""

MASK_SIDE = SegmenterSettings.side


@dataclass(frozen=True)
class Chest:
    """A film, where its lungs are, and what the classifier may see of it."""

    film: Pixels
    square: Square
    """Around the lungs, in the film's coordinates."""
    mask: Mask
    """Shape (256, 256) over the letterboxed film, 1 is lung."""
    region: Mask
    """Same shape, 1 is shown."""

    def crop(self, square: Square, side: int) -> Pixels:
        """What lies in a square of the film, shape (side, side)."""
        return sample(self.film, square, side)

    def within(self, mask: Mask, square: Square, side: int) -> Mask:
        """What of the mask lies in a square of the film; shape (side, side), 1 is inside."""
        whole = Square.whole(self.film.shape)
        scale = MASK_SIDE / whole.side
        row, column = round((square.row - whole.row) * scale), round((square.column - whole.column) * scale)
        part = sample(mask * np.uint8(255), Square(row, column, max(1, round(square.side * scale))), side)
        return np.asarray(part > 127, np.uint8)

    def shown(self, side: int) -> Pixels:
        """What serving shows the classifier; shape (side, side), 0 where nothing is shown."""
        return lungs.shown(self.crop(self.square, side), self.within(self.region, self.square, side))


class Chests:
    """Frontal films of a known class of one split, then the lungs-only films if any are given."""

    def __init__(self, films: Films, crops: Crops, split: str, lungs_only: Films | None = None) -> None:
        self.films, self.crops, self.lungs_only = films, crops, lungs_only
        self.chosen = classified(films, split)
        parts = [films.rows.iloc[self.chosen]]
        if lungs_only is not None:
            self.only = lungs_only.where((lungs_only.rows["split"] == split) & (lungs_only.rows["three_class"] != ""))
            parts.append(lungs_only.rows.iloc[self.only])
        self.rows = pd.concat(parts, ignore_index=True)
        self.classes = np.array([CLASSES.index(name) for name in self.rows["three_class"]], np.int64)
        self.findings = findings(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Chest:
        if index < len(self.chosen) or self.lungs_only is None:
            return chest(self.films, self.crops, int(self.chosen[index]))
        return only_lungs(self.lungs_only.pixels[int(self.only[index - len(self.chosen)])])


def classified(films: Films, split: str) -> NDArray[np.int64]:
    """The rows that the classifier is trained or judged on: frontal films of a known class."""
    rows = films.rows
    return films.where(frontal(rows) & (rows["three_class"] != "") & (rows["split"] == split))


def findings(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Which findings each film shows, shape (rows, findings): 1, 0 or UNKNOWN. Only NIH's labels name them."""
    known = (rows["dataset"] == "nih").to_numpy()[:, None]
    named = rows["label_raw"].str.split("|")
    present = np.array([[name in names for name in TRAINED_FINDINGS] for names in named], np.int64).reshape(
        -1, len(TRAINED_FINDINGS)
    )
    return np.where(known, present, UNKNOWN)


def chest(films: Films, crops: Crops, row: int) -> Chest:
    """A film with the segmenter's lungs; all of the film where it found none."""
    film, mask = films.pixels[row], crops.mask(row)
    return Chest(film, crops.square(row, film), mask, lungs.region(mask) if mask.any() else np.ones_like(mask))


def only_lungs(film: Pixels) -> Chest:
    """A film of which only the lungs are left: what is left is its mask, less an edge that black has bled into."""
    whole = Square.whole(film.shape)
    left = (sample(film, whole, MASK_SIDE) > MAX_BLACK).astype(np.float32)
    mask = np.asarray(cv2.erode(lungs.clean(left), np.ones((5, 5), np.uint8)), np.uint8)
    if not mask.any():
        return Chest(film, whole, np.ones_like(mask), np.ones_like(mask))
    square = Square.around(Box.of(mask), lungs.CROP_MARGIN).on_film(whole, MASK_SIDE)
    return Chest(film, square, mask, mask)
