"""One box around both lungs, where nobody drew a mask: what lies outside is no lung, and lungs reach its four sides."""

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from cxr.geometry import Box
from cxr.radiograph import Pixels
from training.boxes import beside

FILE = "lungs.csv"
"""Beside index.csv: image, row, column, rows, columns in pixels of the image as stored."""

MARGIN = 0.03
"""How far outside the box a pixel is surely no lung, in parts of the box's sides: boxes are rough."""

EPSILON = 1e-6


def read_lung_boxes(rows: pd.DataFrame) -> dict[int, Box]:
    """The boxes of the rows of some indexes, by the row's position; nothing of films without one."""
    return {
        int(each["at"]): Box(*(round(each[name]) for name in ("row", "column", "rows", "columns")))
        for each in beside(rows, FILE).to_dict("records")
    }


def drawn(box: Box, shape: tuple[int, int], margin: float = 0.0) -> Pixels:
    """The box on a film of that shape, 255 inside; margin is added on every side, in parts of the box's sides."""
    rows, columns = round(margin * box.rows), round(margin * box.columns)
    mask = np.zeros(shape, np.uint8)
    mask[
        max(0, box.row - rows) : max(0, box.row + box.rows + rows),
        max(0, box.column - columns) : max(0, box.column + box.columns + columns),
    ] = 255
    return mask


def overlap(found: Box | None, box: Box) -> float:
    """IoU of two boxes; 0 where none was found."""
    if found is None:
        return 0.0
    rows = min(found.row + found.rows, box.row + box.rows) - max(found.row, box.row)
    columns = min(found.column + found.columns, box.column + box.columns) - max(found.column, box.column)
    both = max(0, rows) * max(0, columns)
    return both / (found.rows * found.columns + box.rows * box.columns - both)


def missed_base(found: Box | None, box: Box) -> float:
    """How much of the box's height lies below what was found, in [0, 1]: an effusion that was cut off."""
    if found is None:
        return 1.0
    return max(0, box.row + box.rows - (found.row + found.rows)) / box.rows


def projection_loss(probability: Tensor, box: Tensor) -> Tensor:
    """How badly the shadows of the lungs on two sides of the film fit the shadows of the box.

    Args:
        probability: (films, side, side).
        box: the same, 1 inside.

    Returns:
        Mean over the films, in [0, 1]; 0 without films.

    Source:
        The projection term of BoxInst, Tian et al. 2021: one minus the Dice of the maxima along each axis.
    """
    if not len(probability):
        return probability.new_zeros(())
    losses = []
    for axis in (1, 2):
        found, wanted = probability.amax(dim=axis), box.amax(dim=axis)
        both = 2 * (found * wanted).sum(dim=1)
        losses.append(1 - both / ((found**2).sum(dim=1) + (wanted**2).sum(dim=1) + EPSILON))
    return torch.stack(losses).mean()


def outside(box: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """What a box with its margin tells of both conventions: target and whether it is known, shape (2, side, side)."""
    beyond = np.asarray(box < 128, np.uint8)
    return np.zeros((2, *box.shape), np.uint8), np.stack([beyond, beyond])
