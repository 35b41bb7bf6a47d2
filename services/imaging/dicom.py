"""DICOM files to radiographs; the only reader of DICOM pixels."""

import contextlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, uid
from pydicom.pixels import apply_color_lut, pixel_array

from cxr.errors import (
    CxrError,
    MalformedError,
    MultiFrameError,
    NoPixelsError,
    UnsupportedTypeError,
    UnusableRadiographError,
)
from cxr.radiograph import Radiograph
from imaging import codec
from imaging.display import display, luminance
from imaging.part10 import is_part10, read_part10
from imaging.picture import check_size
from imaging.pixel_module import whole_words
from imaging.reading import word

SOP_CLASSES = (
    uid.ComputedRadiographyImageStorage,
    uid.DigitalXRayImageStorageForPresentation,
    uid.DigitalXRayImageStorageForProcessing,
    uid.SecondaryCaptureImageStorage,
    uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    uid.MultiFrameTrueColorSecondaryCaptureImageStorage,
)
"""Those of several frames are read where they have one."""


def read_radiograph(part10: bytes, max_pixels: int) -> tuple[Radiograph, Dataset]:
    """Read a DICOM file: Part 10, or a bare data set that can be told as one.

    Args:
        part10: the whole file.
        max_pixels: the most pixels that are decoded.

    Returns:
        The radiograph as displayed; and the dataset, which reports need and no stage may see.

    Raises:
        UnsupportedTypeError: not DICOM.
        MalformedError: the file is broken or ends too early.
        TooLargeError: more than max_pixels, or a header of too many elements.
        OverloadedError: other compressed films are still being decoded.
        UnusableRadiographError: no CR, DX or secondary capture image of one frame with pixels, or none that is read.
    """
    with _decoding(part10):
        dataset = read_part10(part10, max_pixels)
        _check(dataset, max_pixels)
        return _shown(_stored(dataset, part10), dataset, max_pixels), dataset


def read_picture(part10: bytes, max_pixels: int) -> NDArray[np.uint8]:
    """A DICOM image as a screen shows it: as read_radiograph, but colours of 8 bits stay.

    Returns:
        Shape (rows, columns), or (rows, columns, 3) in RGB.

    Raises:
        InputError: as read_radiograph.
        OverloadedError: other compressed films are still being decoded.
    """
    with _decoding(part10):
        dataset = read_part10(part10, max_pixels)
        _check(dataset, max_pixels)
        stored = _stored(dataset, part10)
        if stored.ndim == 3 and stored.dtype == np.uint8:
            return stored.astype(np.uint8, copy=False)
        return _shown(stored, dataset, max_pixels).pixels


@contextlib.contextmanager
def _decoding(part10: bytes) -> Iterator[None]:
    if not is_part10(part10):
        raise UnsupportedTypeError("not a DICOM file")
    try:
        yield
    except CxrError:
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes, and all mean the same to the caller
        raise MalformedError("the DICOM file cannot be decoded: it is damaged or incomplete") from error


def _check(dataset: Dataset, max_pixels: int) -> None:
    sop_class = uid.UID(word(dataset, "SOPClassUID"))
    if sop_class not in SOP_CLASSES:
        raise UnusableRadiographError(f"SOP class {uid.UID_dictionary.get(sop_class, ('unknown',))[0]}: no radiograph")
    if "PixelData" not in dataset:
        raise NoPixelsError("the data set has no pixel data")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise MultiFrameError(f"{int(dataset.NumberOfFrames)} frames; a radiograph has one")
    check_size(int(dataset.Rows), int(dataset.Columns), max_pixels)
    if int(dataset.BitsAllocated) > 16:
        raise UnusableRadiographError(f"{int(dataset.BitsAllocated)} bits a pixel; a radiograph has at most 16")


def _stored(dataset: Dataset, part10: bytes) -> NDArray[np.generic]:
    """The stored pixels, shape (rows, columns), or (rows, columns, 3) in RGB."""
    compressed = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    stored = codec.decode(part10) if compressed else pixel_array(whole_words(dataset))
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        stored = apply_color_lut(stored, dataset)
    if stored.shape[:2] != (dataset.Rows, dataset.Columns) or stored.ndim not in (2, 3):
        raise MalformedError("the pixels are not as many as the header says")
    return stored


def _shown(stored: NDArray[np.generic], dataset: Dataset, max_pixels: int) -> Radiograph:
    if stored.ndim == 3:
        bits = 8 * stored.itemsize if dataset.PhotometricInterpretation == "PALETTE COLOR" else int(dataset.BitsStored)
        return luminance(stored, bits, dataset, max_pixels)
    return display(stored, dataset, max_pixels)
