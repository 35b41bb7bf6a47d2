"""Readers' boxes on a film, as what is asked of its maps: more evidence in a cell of the box than in one outside."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxr.classifier import Evidence
from cxr.geometry import Square
from learning.boxes import Boxes, Drawn
from learning.head import Floats
from learning.places import Cells, Places, places
from learning.warming import Asked
from training.chests import Chest

LEAST = 1.0
"""Cells of the maps (8 pixels of the classifier's square a side) that a box must have, and that must be shown."""

MOST = 0.8
"""Of what is shown, that a reader's boxes of one thing may cover; what covers more tells no place. A judgement."""

TINY, OUTSIDE, EVERYTHING = "too small", "outside the lungs", "covering everything"


@dataclass(frozen=True)
class Mark:
    """What readers' boxes ask of one map of one film."""

    film: int
    output: int
    away: Floats
    """Shape (width,): features in the boxes less those outside; a row's product with them is to be above 0."""
    places: Places
    share: Cells
    """Of the readers who drew, how many have each cell in a box."""

    def hit(self, row: Floats, bias: float) -> bool:
        """Whether the hottest place of the map that a row makes is in a reader's box, as training.pointing tells it."""
        heat = self.places.heat(row, bias)
        hottest = int(heat.argmax())
        return bool(heat.flat[hottest] > 0 and self.share.flat[hottest] >= 0.5)


@dataclass(frozen=True)
class Marked:
    """All marks of some films, and why boxes were left out, by how many."""

    marks: list[Mark]
    left_out: Counter[str]

    @property
    def films(self) -> int:
        """Those that have a mark."""
        return len({mark.film for mark in self.marks})


def marked(network: Evidence, boxes: Boxes, chest_of: Callable[[int], Chest], side: int) -> Marked:
    """The marks of all boxes that say something.

    Args:
        chest_of: a film of the boxes, by its number.
        side: pixels of the classifier's square.
    """
    by_film: dict[int, list[Drawn]] = defaultdict(list)
    for box in boxes.drawn:
        by_film[box.film].append(box)
    found = Marked([], Counter(boxes.left_out))
    films = sorted(by_film)
    shown = (chest_of(film).shown(side) for film in films)
    for film, seen in zip(films, places(network, shown), strict=True):
        found.marks.extend(marks_of(by_film[film], chest_of(film).square, seen, found.left_out))
    return found


def marks_of(boxes: Sequence[Drawn], square: Square, seen: Places, left_out: Counter[str]) -> Iterator[Mark]:
    """The marks of one film's boxes.

    Args:
        square: the classifier's, in the film's pixels.
        left_out: is told which boxes say nothing, and why.
    """
    useful = []
    for box in boxes:
        if why := useless(box, square, seen):
            left_out[why] += 1
        else:
            useful.append(box)
    for output in sorted({output for box in useful for output in box.outputs}):
        own = [box for box in useful if output in box.outputs]
        if mark := mark_of(own[0].film, output, own, square, seen):
            yield mark
        else:
            left_out[EVERYTHING] += len(own)


def useless(box: Drawn, square: Square, seen: Places) -> str:
    """Why a box by itself says nothing; empty where it may."""
    cell = square.side / len(seen.shown)
    if box.rows * box.columns < LEAST * cell**2:
        return TINY
    return OUTSIDE if (within(box, square, len(seen.shown)) * seen.shown).sum() < LEAST else ""


def mark_of(film: int, output: int, boxes: Sequence[Drawn], square: Square, seen: Places) -> Mark | None:
    """One mark of all readers' boxes of one thing; None where all of them cover everything."""
    cells, shown = len(seen.shown), float(seen.shown.sum())
    readers = []
    for reader in sorted({box.reader for box in boxes}):
        own = np.max([within(box, square, cells) for box in boxes if box.reader == reader], axis=0)
        if (own * seen.shown).sum() <= MOST * shown:
            readers.append(own)
    if not readers:
        return None
    outside = 1 - np.max(readers, axis=0)
    if (outside * seen.shown).sum() < LEAST:  # together they do
        return None
    share = np.mean(readers, axis=0)
    return Mark(film, output, seen.mean(share) - seen.mean(outside), seen, np.mean(np.array(readers) >= 0.5, axis=0))


def within(box: Drawn, square: Square, cells: int) -> Cells:
    """How much of each cell is in a box, in [0, 1]."""
    down = _along(box.row - square.row, box.rows, square.side, cells)
    across = _along(box.column - square.column, box.columns, square.side, cells)
    return np.asarray(np.outer(down, across))


def _along(start: float, length: float, side: int, cells: int) -> Floats:
    edges = np.arange(cells + 1) / cells * side
    inside = np.minimum(edges[1:], start + length) - np.maximum(edges[:-1], start)
    return np.asarray(np.clip(inside, 0, None) / (side / cells))


def asked(marks: Iterable[Mark], outputs: range, weight: float) -> Asked | None:
    """What some rows of the last layer are asked by marks; None without any of theirs.

    Args:
        outputs: of the classifier, that are the rows.
        weight: of a film's boxes, in labels.
    """
    own = [mark for mark in marks if mark.output in outputs]
    if not own or not weight:
        return None
    films: Counter[int] = Counter(mark.film for mark in own)
    rows: NDArray[np.int64] = np.array([mark.output - outputs.start for mark in own], np.int64)
    return Asked(rows, np.stack([mark.away for mark in own]), np.array([weight / films[mark.film] for mark in own]))
