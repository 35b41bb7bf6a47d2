"""Stored pixels as a screen shows them; square pixels; and a doubt where the header would not let them be read."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from cxr.radiograph import Radiograph, check_range, to_display
from imaging import doubts as doubt
from imaging.aspect import square
from imaging.contrast import plain
from imaging.polarity import contradictory
from imaging.reading import number
from imaging.transform import shown

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue. Source: ITU-R BT.601, as DICOM's YBR_FULL (PS3.3, C.7.6.3.1.2)."""

STRIP = 1024 * 1024
"""Pixels of one strip, about."""


def luminance(stored: NDArray[np.generic], bits: int, dataset: Dataset, max_pixels: int) -> Radiograph:
    """A colour image in gray.

    Args:
        stored: shape (rows, columns, 3), RGB.
        bits: of one sample.
    """
    pixels = np.vstack([to_display(each.astype(np.float32) @ LUMINANCE, 0, 2**bits - 1) for each in _strips(stored)])
    return square(plain(pixels, "luminance"), dataset, max_pixels)


def display(stored: NDArray[np.generic], dataset: Dataset, max_pixels: int) -> Radiograph:
    """A gray image.

    At most 65,536 stored values have to be transformed, instead of millions of pixels.

    Args:
        stored: shape (rows, columns), integers of 8 or 16 bits.

    Raises:
        UniformPixelsError: all pixels are shown alike.
    """
    stored = stored.astype(stored.dtype.newbyteorder("="), copy=False)
    words = stored.view(f"u{stored.itemsize}")
    counts = np.sum([np.bincount(each.ravel(), minlength=256**stored.itemsize) for each in _strips(words)], axis=0)
    used = np.flatnonzero(counts)
    axis = _significant(used.astype(words.dtype).view(stored.dtype), dataset)
    order = np.argsort(axis, kind="stable")
    used, axis, counts = used[order], axis[order], counts[used[order]]
    padding = _padding(axis, dataset)
    counts[padding] = 0
    found = shown(axis, counts, dataset)
    greys = np.zeros(256**stored.itemsize, np.uint8)
    greys[used] = np.where(padding, 0, found.greys)
    pixels = np.vstack([greys[each] for each in _strips(words)])
    check_range(float(pixels.min()), float(pixels.max()))
    name = f"{found.name}, padding black" if padding.any() else found.name
    opened = contradictory(dataset)
    doubts = [*([doubt.replaced(found.replaced)] if found.replaced else []), *([doubt.polarity()] if opened else [])]
    return square(Radiograph(pixels, name, tuple(doubts), opened), dataset, max_pixels)


def _strips(image: NDArray[np.generic]) -> Iterator[NDArray[np.generic]]:
    """The image in strips of rows: numpy makes 8 bytes of each pixel that it counts or looks up."""
    rows = max(1, STRIP // image.shape[1])
    return (image[row : row + rows] for row in range(0, len(image), rows))


def _significant(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.int64]:
    """The stored bits only: what lies beside them, such as an old overlay, is not the image (PS3.5, 8.1.1)."""
    bits, high = int(dataset.BitsStored), int(dataset.HighBit)
    values: NDArray[np.int64] = stored.astype(np.int64)
    if not 0 < bits <= high + 1 <= 16 or bits == 8 * stored.itemsize:
        return values
    values = (values >> (high + 1 - bits)) & (2**bits - 1)
    if dataset.PixelRepresentation:
        values -= (values >> (bits - 1)) << bits
    return values


def _padding(axis: NDArray[np.int64], dataset: Dataset) -> NDArray[np.bool_]:
    """Which stored values are no image but filling; none where that would be most of those that occur.

    Source: PS3.3, C.7.5.1.1.2.
    """
    value = number(dataset, "PixelPaddingValue")
    if value is None:
        return np.zeros(len(axis), bool)
    limit = number(dataset, "PixelPaddingRangeLimit")
    low, high = sorted(_signed(each, dataset) for each in (value, value if limit is None else limit))
    found = (axis >= low) & (axis <= high)
    return np.zeros(len(axis), bool) if found.sum() > len(axis) / 2 else found


def _signed(value: float, dataset: Dataset) -> float:
    """A value that was read as unsigned although the pixels are signed: its representation is ambiguous."""
    return value - 65536 if dataset.PixelRepresentation and value > 32767 else value
