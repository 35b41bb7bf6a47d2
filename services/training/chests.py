"""The classifier's examples: films with the region that it is shown of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from cxr import lungs
from cxr.geometry import Square, sample
from cxr.radiograph import Pixels
from training.boxes import Marked, read_boxes
from training.crops import Crops
from training.films import DataError, Films, frontal
from training.findings import named
from training.settings import SegmenterSettings
from vocabulary.conditions import CLASSES

Mask = NDArray[np.uint8]

MASK_SIDE = SegmenterSettings.side

REGION = lungs.JOINT
"""What the classifier is shown; its model-config.yaml says so to the gateway."""


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
    """Frontal films of a known class of some splits."""

    def __init__(self, films: Films, crops: Crops, *splits: str) -> None:
        self.films, self.crops = films, crops
        self.chosen = classified(films, splits)
        self.rows = films.rows.iloc[self.chosen].reset_index(drop=True)
        self.classes = np.array([CLASSES.index(name) for name in self.rows["three_class"]], np.int64)
        self.findings = films.findings()[self.chosen]
        self._marked = read_boxes(self.rows, films.sought.names)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Chest:
        return chest(self.films, self.crops, int(self.chosen[index]))

    def marked(self, index: int) -> list[Marked]:
        """What readers drew boxes around on a film."""
        return self._marked.get(index, [])


def classified(films: Films, splits: Sequence[str]) -> NDArray[np.int64]:
    """The rows that the classifier is trained or judged on: frontal films of a known class."""
    rows = films.rows
    return films.where(frontal(rows) & (rows["three_class"] != "") & rows["split"].isin(splits))


def all_told(films: Films) -> None:
    """Nothing, if films can teach each finding that is sought.

    Raises:
        DataError: none shows one of them, or none that teaches is told to be with it, or without.
    """
    told, taught = films.findings(), classified(films, ("train",))
    for at, name in enumerate(films.sought.names):
        if not (told[:, at] == 1).any():
            near = get_close_matches(name, sorted(set().union(*named(films.rows).values()) - {""}), 3, 0.5)
            hint = f"; labels that are much like it: {', '.join(near)}" if near else ""
            raise DataError(f"no film of the index has the finding {name}{hint}")
        for value, what in ((1, "with"), (0, "without")):
            if not (told[taught, at] == value).any():
                raise DataError(f"no frontal film of a class in the train split is told to be {what} {name}")


def chest(films: Films, crops: Crops, row: int) -> Chest:
    """A film with the segmenter's lungs; all of the film where it found none."""
    film, mask = films.pixels[row], crops.mask(row)
    return Chest(film, crops.square(row, film), mask, lungs.region(mask, REGION) if mask.any() else np.ones_like(mask))
