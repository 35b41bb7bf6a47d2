"""From the segmenter's probabilities to two lungs, and to the part of the film that the classifier looks at."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.geometry import Box, Square

LUNG_CONVENTIONS = ("lung fields", "lungs with the region behind the heart")
"""The segmenter's two channels, one for each convention of the masks it learned from, so that none blurs the other."""

CROP_MARGIN = 0.06
"""Around the lungs, in parts of the longer side. Source: keeps the costophrenic angles, which masks tend to cut."""

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


def quality(probability: NDArray[np.float32], mask: NDArray[np.uint8]) -> float:
    """How decided the segmenter is, in [0, 1]: the soft Dice of its probabilities with the mask made from them.

    Args:
        probability: shape (side, side), in [0, 1].
        mask: same shape, from clean.
    """
    total = float(probability.sum() + mask.sum())
    return 2 * float((probability * mask).sum()) / total if total else 0.0


def crop(mask: NDArray[np.uint8]) -> Square:
    """The square around the lungs that the classifier is sent, in the mask's coordinates.

    Args:
        mask: with at least one nonzero pixel.
    """
    return Square.around(Box.of(mask), CROP_MARGIN)
