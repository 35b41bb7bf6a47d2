"""Films whose pixels are not square, as some scanners' are, drawn with square ones."""

from dataclasses import replace

import cv2
import numpy as np
from pydicom import Dataset

from cxr.radiograph import Radiograph
from imaging.picture import check_size
from imaging.reading import numbers

SQUARE_WITHIN = 0.01
"""Pixels whose sides differ by less count as square."""

MAX_PIXEL_RATIO = 10.0
"""Side to side; more is an error in the header, not a detector."""


def square(film: Radiograph, dataset: Dataset, max_pixels: int) -> Radiograph:
    """With pixels as high as they are wide: what is longer is drawn with more of them."""
    ratio = _aspect(dataset)
    rows, columns = film.shape
    if abs(ratio - 1) < SQUARE_WITHIN or not 1 / MAX_PIXEL_RATIO < ratio < MAX_PIXEL_RATIO:
        return film
    size = (columns, round(rows * ratio)) if ratio > 1 else (round(columns / ratio), rows)
    check_size(size[1], size[0], max_pixels)
    pixels = np.asarray(cv2.resize(film.pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return replace(film, pixels=pixels, display=f"{film.display}, resampled to square pixels")


def _aspect(dataset: Dataset) -> float:
    """Height of a pixel in parts of its width. Source: PS3.3, C.7.6.3.1.7 and 10.7.1.3."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
        sides = numbers(dataset, keyword)
        if len(sides) == 2 and min(sides) > 0:
            return sides[0] / sides[1]
    return 1.0
