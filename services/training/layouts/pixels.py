"""A film's size, its smaller copy, and the one mask that is made of its masks."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from cxr.radiograph import Pixels

JPEG_QUALITY = 88
"""Of the JPEGs of smaller copies. Source: as good as the best of the films that the shipped weights learned from."""


class UnreadableError(Exception):
    """A file that should hold an image does not."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def read(path: Path) -> Pixels:
    """The image in gray, shape (rows, columns), read as training reads it: of a JPEG cut short, what is there.

    Raises:
        UnreadableError: it is no image, or a broken one.
    """
    try:
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:  # a header that promises more pixels than OpenCV takes
        raise UnreadableError(path) from error
    if image is None:
        raise UnreadableError(path)
    return np.asarray(image, np.uint8)


def smaller(film: Pixels, longest: int) -> Pixels:
    """The film with its longer side reduced to that many pixels; as it is if it is no longer."""
    rows, columns = film.shape
    scale = longest / max(rows, columns)
    if scale >= 1:
        return film
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    return np.asarray(cv2.resize(film, size, interpolation=cv2.INTER_AREA), np.uint8)


def joined(masks: Iterable[Path], shape: tuple[int, ...]) -> Pixels:
    """The union of masks, 255 is lung, in the shape of the film that they belong to.

    A mask's brightest value is taken for lung, because sets write it as 1 or as 255.

    Raises:
        UnreadableError: one of them is no image.
    """
    union = np.zeros(shape, np.uint8)
    for path in masks:
        mask = read(path)
        lung = ((mask > mask.max() / 2) * 255).astype(np.uint8)
        if lung.shape != shape:
            lung = np.asarray(cv2.resize(lung, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
        union |= ((lung > 127) * 255).astype(np.uint8)
    return union


def write(path: Path, image: Pixels) -> None:
    """Write an image in the format that the path's suffix names, and the folder that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if path.suffix == ".jpg" else []):
        raise OSError(f"{path}: could not be written")
