"""From the segmenter's probabilities to two lungs, and to the part of the film that the classifier looks at."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.geometry import Box, Square
from cxr.radiograph import Pixels

LUNG_CONVENTIONS = ("lung fields", "lungs with the region behind the heart")
"""The segmenter's two channels, one for each convention of the masks it learned from, so that none blurs the other."""

JOINT = "joint"
REGIONS = ("separate", JOINT)
"""What a classifier may be shown: the hull of each lung, or one of both."""

CROP_MARGIN = 0.06
"""Around the lungs, in parts of the longer side. Source: keeps the costophrenic angles, which masks tend to cut."""

REGION_MARGIN = 1 / 64
"""Around a hull, in parts of the mask's side. Source: a pleural effusion is not in the mask, its edge is."""

SECOND_LUNG = 0.1
"""The smallest second lung, in parts of the larger one. Source: smaller blobs are artefacts more often."""


def clean(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The two largest regions above one half, with their holes filled.

    Args:
        probability: shape (side, side), in [0, 1].

    Returns:
        The mask, same shape, 1 is lung; all zero where nothing was found.
    """
    above = (probability > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(above, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = sorted(contours, key=cv2.contourArea, reverse=True)[:2]
    mask = np.zeros_like(above)
    for contour in largest:
        if cv2.contourArea(contour) >= max(1.0, SECOND_LUNG * cv2.contourArea(largest[0])):
            cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED)
    return mask


def region(mask: NDArray[np.uint8], kind: str) -> NDArray[np.uint8]:
    """What the classifier is shown: a convex hull and a little around it.

    Opaque lung is often missing from the mask, and a hull brings most of it back; its shape also tells less about a
    disease than the mask's outline does. The joint hull has the heart and the mediastinum in it too.

    Args:
        mask: shape (side, side), 1 is lung.
        kind: one of REGIONS, as the classifier wants it; empty, as archives before 1.2.0 say it, means the first.

    Returns:
        Same shape, 1 is shown.
    """
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hulls = np.zeros_like(mask)
    for outline in [np.concatenate(outlines)] if kind == JOINT and outlines else outlines:
        cv2.fillConvexPoly(hulls, cv2.convexHull(outline), 1)
    width = 2 * round(REGION_MARGIN * len(mask)) + 1
    return np.asarray(cv2.dilate(hulls, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))), np.uint8)


def shown(pixels: Pixels, region: NDArray[np.uint8]) -> Pixels:
    """The pixels inside a region of the same shape, at least 1; 0 outside, which is how the classifier knows it."""
    return np.asarray(np.where(region > 0, np.maximum(pixels, 1), 0), np.uint8)


def agreement(probability: NDArray[np.float32], mask: NDArray[np.uint8]) -> float:
    """How decided the segmenter is, in [0, 1]: the soft Dice of its probabilities with the mask made from them.

    Args:
        probability: shape (side, side), in [0, 1].
        mask: same shape, from clean.
    """
    total = float(probability.sum() + mask.sum())
    return 2 * float((probability * mask).sum()) / total if total else 0.0


def quality(agreed: float, calibration: dict[str, list[float]]) -> float:
    """The Dice that masks of this agreement had with a reader's mask, in [0, 1].

    Args:
        agreed: from agreement.
        calibration: agreement and dice, both rising: points of a curve that the segmenter's export fits.
    """
    return float(np.interp(agreed, calibration["agreement"], calibration["dice"]))


def crop(mask: NDArray[np.uint8]) -> Square:
    """The square around the lungs that the classifier is sent, in the mask's coordinates.

    Args:
        mask: with at least one nonzero pixel.
    """
    return Square.around(Box.of(mask), CROP_MARGIN)
