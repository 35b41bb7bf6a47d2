"""Where in the lungs a heat map is hottest, in the words of a report: left upper zone."""

import cv2
import numpy as np
from numpy.typing import NDArray

from review.languages.texts import gettext_noop

Pixels = NDArray[np.uint8]

ZONES = {
    "left": (
        gettext_noop("left upper zone"),
        gettext_noop("left mid zone"),
        gettext_noop("left lower zone"),
    ),
    "right": (
        gettext_noop("right upper zone"),
        gettext_noop("right mid zone"),
        gettext_noop("right lower zone"),
    ),
}
"""Thirds of the height of the lung on that side. Source: the three zones by which reports say where something is; they
have no borders of their own in the anatomy, and equal thirds are the usual reading of a frontal film."""


def hottest_zone(heat: Pixels, mask: Pixels) -> str:
    """Where the heat inside the lungs is highest; empty where there is none.

    Of a frontal film that hangs as it should: the patient's left is on the right of the picture.

    Args:
        heat: shape (rows, columns), of the film as it was assessed.
        mask: the lungs of the same film, 0 is outside; may be of another size.
    """
    lungs = cv2.resize((mask > 0).astype(np.uint8), heat.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    inside = np.where(lungs, heat, 0)
    if not inside.any():
        return ""
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    middle = np.nonzero(lungs)[1].mean()
    left = bool(column >= middle)
    side = lungs & ((np.arange(lungs.shape[1]) >= middle) == left)
    rows = np.nonzero(side.any(axis=1))[0]
    share = (row - rows[0]) / (rows[-1] - rows[0] + 1)
    zones = ZONES["left" if left else "right"]
    return zones[int(len(zones) * share)]
