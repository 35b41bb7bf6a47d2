"""Squares on a film: what a stage is sent, and where its answer lies on the film."""

from dataclasses import dataclass
from typing import Self, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.radiograph import Pixels

Scalar = TypeVar("Scalar", np.uint8, np.float32)


@dataclass(frozen=True)
class Box:
    """A rectangle in film coordinates: top left pixel, and size in pixels."""

    row: int
    column: int
    rows: int
    columns: int

    @classmethod
    def of(cls, mask: NDArray[np.uint8]) -> Self:
        """The smallest box that holds every nonzero pixel of a mask that has at least one."""
        column, row, columns, rows = cv2.boundingRect(mask)
        return cls(row, column, rows, columns)

    def on_film(self, whole: "Square", side: int, shape: tuple[int, int]) -> Self:
        """This box, given in cells of a (side, side) grid over the whole square, on a film of that shape, cut to it."""
        scale = whole.side / side
        top, left = max(whole.row + round(self.row * scale), 0), max(whole.column + round(self.column * scale), 0)
        bottom = min(whole.row + round((self.row + self.rows) * scale), shape[0])
        right = min(whole.column + round((self.column + self.columns) * scale), shape[1])
        return type(self)(top, left, bottom - top, right - left)


@dataclass(frozen=True)
class Square:
    """A square in film coordinates; it may reach past the film, where there is black."""

    row: int
    column: int
    side: int

    @classmethod
    def around(cls, box: Box, margin: float = 0.0) -> Self:
        """The square with the box's centre that holds the box and a margin, in parts of the box's longer side."""
        longest = max(box.rows, box.columns)
        side = round(longest * (1 + 2 * margin))
        return cls(box.row + (box.rows - side) // 2, box.column + (box.columns - side) // 2, side)

    @classmethod
    def whole(cls, shape: tuple[int, int]) -> Self:
        """The square that holds a whole film of that shape (rows, columns), centred."""
        return cls.around(Box(0, 0, *shape))

    def film(self, shape: tuple[int, int], side: int) -> Box:
        """Where the film lies in a (side, side) grid over this square, which holds all of it."""
        scale = side / self.side
        top, left = round(-self.row * scale), round(-self.column * scale)
        return Box(top, left, round(shape[0] * scale), round(shape[1] * scale))

    def on_film(self, whole: Self, side: int) -> Self:
        """This square, given in cells of a (side, side) grid that covers the whole square, in film coordinates."""
        scale = whole.side / side
        return type(self)(
            whole.row + round(self.row * scale), whole.column + round(self.column * scale), round(self.side * scale)
        )


def sample(pixels: Pixels, square: Square, side: int) -> Pixels:
    """What lies in the square, as (side, side) pixels. The aspect ratio is kept; outside the film is black.

    Args:
        pixels: shape (rows, columns).
        square: in the film's coordinates.
        side: pixels of the result.

    Source:
        Area averaging when shrinking, because it does not alias; see OpenCV's InterpolationFlags.
    """
    rows, columns = pixels.shape
    top, left = max(square.row, 0), max(square.column, 0)
    bottom, right = min(square.row + square.side, rows), min(square.column + square.side, columns)
    inside = pixels[top:bottom, left:right]
    if inside.shape != (square.side, square.side):
        before = (top - square.row, left - square.column)
        after = (square.row + square.side - bottom, square.column + square.side - right)
        edges = before[0], after[0], before[1], after[1]
        inside = np.asarray(cv2.copyMakeBorder(inside, *edges, cv2.BORDER_CONSTANT, value=0), np.uint8)
    method = cv2.INTER_AREA if square.side >= side else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(inside, (side, side), interpolation=method), np.uint8)


def paste(values: NDArray[Scalar], square: Square, shape: tuple[int, int]) -> NDArray[Scalar]:
    """Lay values that cover the square onto an otherwise zero film of that shape: the inverse of sample.

    Args:
        values: shape (n, n), any n.
        square: where they lie, in the film's coordinates.
        shape: rows, columns of the film.
    """
    film = np.zeros(shape, values.dtype)
    top, left = max(square.row, 0), max(square.column, 0)
    bottom, right = min(square.row + square.side, shape[0]), min(square.column + square.side, shape[1])
    large = cv2.resize(values, (square.side, square.side), interpolation=cv2.INTER_LINEAR)
    film[top:bottom, left:right] = large[
        top - square.row : bottom - square.row, left - square.column : right - square.column
    ]
    return film
