"""A film's pixels and header, its smaller copy, and the one mask that is made of its masks."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pydicom

from cxr.errors import InputError
from cxr.radiograph import Pixels
from imaging.dicom import read_radiograph
from imaging.part10 import is_part10

JPEG_QUALITY = 88
"""Of the JPEGs of smaller copies. Source: as good as the best of the films that the shipped weights learned from."""


MAX_PIXELS = 100_000_000
"""Of a DICOM film: twice those of the largest detectors (43 cm at 0.1 mm a pixel have 18 million)."""


class UnreadableError(Exception):
    """A file that should hold an image does not."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def read(path: Path) -> Pixels:
    """The image in gray, shape (rows, columns), read as training reads it: of a JPEG cut short, what is there.

    A DICOM film is shown as the gateway shows it, so that training and serving see the same.

    Raises:
        UnreadableError: it is no image, or a broken one.
    """
    if is_dicom(path):
        try:
            return read_radiograph(path.read_bytes(), MAX_PIXELS)[0].pixels
        except InputError as error:
            raise UnreadableError(path) from error
    try:
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    except cv2.error as error:  # a header that promises more pixels than OpenCV takes
        raise UnreadableError(path) from error
    if image is None:
        raise UnreadableError(path)
    return np.asarray(image, np.uint8)


def is_dicom(path: Path) -> bool:
    """Whether a file is a DICOM file, by its first bytes."""
    with path.open("rb") as file:
        return is_part10(file.read(1024))


def header(path: Path) -> dict[str, str]:
    """What a DICOM film says of its patient and view, by keyword; nothing of any other file."""
    if not is_dicom(path):
        return {}
    try:
        dataset = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    except (OSError, ValueError, AttributeError, NotImplementedError):  # pydicom's, of a broken file
        return {}
    return {name: str(dataset.get(name, "") or "").strip() for name in ("PatientID", "ViewPosition")}


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
