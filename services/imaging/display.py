"""Stored pixels as a screen shows them: modality LUT, VOI LUT or window, presentation LUT; and square pixels.

Source: PS3.4, N.2 (the order).
"""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.uid import DigitalXRayImageStorageForProcessing

from cxr.radiograph import Pixels, Radiograph, check_range, to_display
from imaging.aspect import square

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue. Source: ITU-R BT.601, as DICOM's YBR_FULL (PS3.3, C.7.6.3.1.2)."""

RAW_PERCENTILES = (1.0, 99.0)
"""Shown black and white of raw values without a window. Source: leaves out collimator edges and dead pixels."""

STRIP = 1024 * 1024
"""Pixels of one strip, about."""

NARROWEST = {"LINEAR": 1.0, "LINEAR_EXACT": 1e-9, "SIGMOID": 1e-9}
"""VOILUTFunction to the least width. Source: PS3.3, C.11.2.1.2.1 (1) and C.11.2.1.3 (more than 0)."""

Window = tuple[NDArray[np.generic], float, float, str]
"""Values of interest, which of them are black and white, and the transform's name."""


def luminance(stored: NDArray[np.generic], bits: int, dataset: Dataset, max_pixels: int) -> Radiograph:
    """A colour image in gray.

    Args:
        stored: shape (rows, columns, 3), RGB.
        bits: of one sample.
    """
    pixels = np.vstack([to_display(each.astype(np.float32) @ LUMINANCE, 0, 2**bits - 1) for each in _strips(stored)])
    check_range(float(pixels.min()), float(pixels.max()))
    return square(pixels, "luminance", dataset, max_pixels)


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
    table, name = _table(axis, counts, dataset)
    if padding.any():
        table[padding] = 0
        name += ", padding black"
    shown = np.zeros(256**stored.itemsize, np.uint8)
    shown[used] = table
    pixels = np.vstack([shown[each] for each in _strips(words)])
    check_range(float(pixels.min()), float(pixels.max()))
    return square(pixels, name, dataset, max_pixels)


def _strips(image: NDArray[np.generic]) -> Iterator[NDArray[np.generic]]:
    """The image in strips of rows: numpy makes 8 bytes of each pixel that it counts or looks up."""
    rows = max(1, STRIP // image.shape[1])
    return (image[row : row + rows] for row in range(0, len(image), rows))


def _significant(stored: NDArray[np.generic], dataset: Dataset) -> NDArray[np.int64]:
    """The stored bits only: what lies beside them, such as an old overlay, is not the image (PS3.5, 8.1.1)."""
    bits, high = int(dataset.BitsStored), int(dataset.get("HighBit") or int(dataset.BitsStored) - 1)
    values: NDArray[np.int64] = stored.astype(np.int64)
    if not 0 < bits <= high + 1 <= 16 or bits == 8 * stored.itemsize:
        return values
    values = (values >> (high + 1 - bits)) & (2**bits - 1)
    if dataset.PixelRepresentation:
        values -= (values >> (bits - 1)) << bits
    return values


def _padding(axis: NDArray[np.int64], dataset: Dataset) -> NDArray[np.bool_]:
    """Which stored values are no image but filling (PS3.3, C.7.5.1.1.2)."""
    value = dataset.get("PixelPaddingValue")
    if value is None:
        return np.zeros(len(axis), bool)
    limit = dataset.get("PixelPaddingRangeLimit")
    low, high = sorted((_number(value), _number(value if limit is None else limit)))
    found = (axis >= low) & (axis <= high)
    return np.zeros(len(axis), bool) if found.all() else found


def _table(axis: NDArray[np.int64], counts: NDArray[np.int64], dataset: Dataset) -> tuple[Pixels, str]:
    """What each stored value is shown as, and the transform's name."""
    values = _rescaled(axis, dataset)
    found = _voi_lut(values, dataset) or _windowed(values, dataset)
    if found is None and dataset.get("SOPClassUID") == DigitalXRayImageStorageForProcessing:
        return _raw(values, counts, dataset)
    used = values[counts > 0]
    shown, low, high, name = found or (values, float(used.min()), float(used.max()), "full range")
    table = to_display(shown, low, high)
    return (255 - table, f"{name}, inverted") if _inverted(dataset) else (table, name)


def _rescaled(axis: NDArray[np.int64], dataset: Dataset) -> NDArray[np.generic]:
    """Through the modality LUT, or slope and intercept; a film that has them without a value has none."""
    given = [dataset.get(keyword) for keyword in ("RescaleSlope", "RescaleIntercept")]
    if not dataset.get("ModalityLUTSequence") and any(value in (None, "") for value in given):
        return axis
    rescaled: NDArray[np.generic] = apply_modality_lut(axis, dataset)
    return rescaled


def _inverted(dataset: Dataset) -> bool:
    """Whether low values are shown white: by the presentation LUT shape where there is one, else by the photometry.

    Source: PS3.3, C.11.6.1.2 (INVERSE) and C.7.6.3.1.2 (MONOCHROME1). A film that says both means it once.
    """
    shape = str(dataset.get("PresentationLUTShape") or "")
    if shape in ("INVERSE", "IDENTITY"):
        return shape == "INVERSE"
    return bool(dataset.PhotometricInterpretation == "MONOCHROME1")


def _voi_lut(values: NDArray[np.generic], dataset: Dataset) -> Window | None:
    """Through the first VOI LUT, where there is a usable one: one that is as long and as wide as it says."""
    if not dataset.get("VOILUTSequence"):
        return None
    try:
        entries, first, bits = (int(each) for each in dataset.VOILUTSequence[0].LUTDescriptor)
        inside = np.clip(np.rint(values), first, first + (entries or 65536) - 1).astype(np.int64)
        shown = apply_voi_lut(inside, dataset, prefer_lut=True)
    except (AttributeError, IndexError, KeyError, NotImplementedError, TypeError, ValueError, struct.error):
        return None  # what pydicom raises for a descriptor or data that are missing, too short, or too wide
    return shown, 0.0, float(2**bits - 1), "VOI LUT"


def _windowed(values: NDArray[np.generic], dataset: Dataset) -> Window | None:
    """Through the first window, where there is a usable one: it is the one that the modality prefers (C.11.2.1.2)."""
    if dataset.get("WindowCenter") in (None, "") or dataset.get("WindowWidth") in (None, ""):
        return None
    center, width = _number(dataset.WindowCenter), _number(dataset.WindowWidth)
    function = str(dataset.get("VOILUTFunction") or "LINEAR").upper()
    if not np.isfinite([center, width]).all() or width < NARROWEST.get(function, np.inf):
        return None
    ends = np.array([[center - 20 * width, center + 20 * width]])
    one = Dataset()
    for keyword in ("PixelRepresentation", "BitsStored", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"):
        if keyword in dataset:
            setattr(one, keyword, dataset[keyword].value)
    one.PhotometricInterpretation, one.VOILUTFunction = "MONOCHROME2", function
    one.WindowCenter, one.WindowWidth = center, width
    low, high = apply_voi_lut(ends, one, prefer_lut=False)[0]
    shown = apply_voi_lut(values.astype(np.float32), one, prefer_lut=False)
    return shown, float(low), float(high), f"window {center:g}/{width:g} {function.lower()}"


def _raw(values: NDArray[np.generic], counts: NDArray[np.int64], dataset: Dataset) -> tuple[Pixels, str]:
    """Detector values for processing: their logarithm where they are linear in dose, and more dose shown darker.

    Source: PS3.3, C.8.11.3.1.2 (pixel intensity relationship and its sign: 1, more dose has higher values).
    """
    name = "for processing"
    shown = values.astype(np.float64)
    if dataset.get("PixelIntensityRelationship") == "LIN":
        shown, name = np.log1p(shown - shown.min()), "for processing, logarithm"
    share = np.cumsum(counts) / counts.sum()
    order = np.sort(shown[np.searchsorted(share, np.array(RAW_PERCENTILES) / 100).clip(0, len(shown) - 1)])
    table = to_display(shown, float(order[0]), float(order[-1]))
    name += f", percentiles {RAW_PERCENTILES[0]:g} to {RAW_PERCENTILES[1]:g}"
    sign = dataset.get("PixelIntensityRelationshipSign")
    inverted = sign == 1 if sign in (1, -1) else _inverted(dataset)
    return (255 - table, f"{name}, inverted") if inverted else (table, name)


def _number(value: object) -> float:
    """Of a value, or of the first of several."""
    return float(value[0] if isinstance(value, MultiValue | list) else value)  # type: ignore[arg-type]
