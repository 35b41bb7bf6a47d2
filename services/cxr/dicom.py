"""DICOM Part 10 files to radiographs; the only reader of DICOM."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread, uid
from pydicom import config as pydicom_config
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.pixels import apply_modality_lut, apply_voi_lut, pixel_array

from cxr.errors import (
    CxrError,
    MalformedError,
    MultiFrameError,
    NoPixelsError,
    UnsupportedTypeError,
    UnusableRadiographError,
)
from cxr.picture import check_size
from cxr.radiograph import Pixels, Radiograph, check_range, to_display

SOP_CLASSES = (
    uid.ComputedRadiographyImageStorage,
    uid.DigitalXRayImageStorageForPresentation,
    uid.DigitalXRayImageStorageForProcessing,
    uid.SecondaryCaptureImageStorage,
)

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""Of red, green and blue. Source: ITU-R BT.601, as DICOM's YBR_FULL (PS3.3, C.7.6.3.1.2)."""

pydicom_config.settings.reading_validation_mode = pydicom_config.IGNORE  # a bad name or date is not our concern


def read_radiograph(part10: bytes, max_pixels: int) -> tuple[Radiograph, Dataset]:
    """Read a DICOM Part 10 file.

    Args:
        part10: the whole file, preamble included.
        max_pixels: the most pixels that are decoded.

    Returns:
        The radiograph as displayed; and the dataset, which reports need and no stage may see.

    Raises:
        UnsupportedTypeError: the DICM prefix is missing.
        MalformedError: the file is broken or ends too early.
        TooLargeError: more than max_pixels.
        UnusableRadiographError: no CR, DX or secondary capture image of one frame with pixels.
    """
    try:
        _refuse_deflated(part10)
        dataset = dcmread(BytesIO(part10))
        _check(dataset, max_pixels)
        return _display(dataset), dataset
    except InvalidDicomError as error:
        raise UnsupportedTypeError("not a DICOM Part 10 file") from error
    except CxrError:
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes, and all mean the same to the caller
        raise MalformedError("the DICOM file cannot be decoded: it is damaged or incomplete") from error


def _refuse_deflated(part10: bytes) -> None:
    """pydicom would inflate the whole data set without a limit."""
    if uid.DeflatedExplicitVRLittleEndian.encode() + b"\0" in part10[:1024]:
        raise UnusableRadiographError("transfer syntax Deflated Explicit VR Little Endian is not read")


def _check(dataset: Dataset, max_pixels: int) -> None:
    sop_class = dataset.get("SOPClassUID", uid.UID(""))
    if sop_class not in SOP_CLASSES:
        raise UnusableRadiographError(f"SOP class {uid.UID_dictionary.get(sop_class, ('unknown',))[0]}: no radiograph")
    if "PixelData" not in dataset:
        raise NoPixelsError("the data set has no pixel data")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise MultiFrameError(f"{int(dataset.NumberOfFrames)} frames; a radiograph has one")
    check_size(int(dataset.Rows), int(dataset.Columns), max_pixels)


def _display(dataset: Dataset) -> Radiograph:
    """The pixels as a screen shows them: modality LUT, then VOI LUT or window, then polarity.

    Source:
        PS3.4, N.2 (the order); PS3.3, C.7.6.3.1.2 (MONOCHROME1 shows its lowest value white).
    """
    stored = pixel_array(dataset)
    if stored.ndim == 3:
        gray = stored.astype(np.float32) @ LUMINANCE
        check_range(float(gray.min()), float(gray.max()))
        return Radiograph(to_display(gray, 0, 2 ** int(dataset.BitsStored) - 1), "luminance")
    if stored.itemsize > 2:
        raise UnusableRadiographError(f"{8 * stored.itemsize} bits a pixel; a radiograph has at most 16")
    least = int(stored.min())
    table, display = _table(np.arange(least, int(stored.max()) + 1), dataset)
    pixels = table[stored.astype(np.int32) - least]
    check_range(float(pixels.min()), float(pixels.max()))
    return Radiograph(pixels, display)


def _table(stored: NDArray[np.int64], dataset: Dataset) -> tuple[Pixels, str]:
    """What each stored value is shown as, and the transform's name.

    At most 65,536 values have to be transformed instead of millions of pixels.
    """
    shown, low, high, display = _voi(apply_modality_lut(stored, dataset), dataset)
    table = to_display(shown, low, high)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        return 255 - table, f"{display}, inverted"
    return table, display


def _voi(values: NDArray[np.generic], dataset: Dataset) -> tuple[NDArray[np.generic], float, float, str]:
    """Values of interest, which of them are black and white, and the transform's name."""
    if dataset.get("VOILUTSequence"):
        shown = apply_voi_lut(np.rint(values).astype(np.int64), dataset, prefer_lut=True)
        return shown, 0.0, float(2 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1), "VOI LUT"
    if dataset.get("WindowCenter") is None or dataset.get("WindowWidth") is None:
        return values, float(values.min()), float(values.max()), "full range"
    center, width = _first(dataset.WindowCenter), _first(dataset.WindowWidth)
    ends = np.array([[center - 20 * width, center + 20 * width]])
    low, high = apply_voi_lut(ends, dataset, prefer_lut=False)[0]
    function = str(dataset.get("VOILUTFunction") or "LINEAR").lower()
    shown = apply_voi_lut(values.astype(np.float32), dataset, prefer_lut=False)
    return shown, float(low), float(high), f"window {center:g}/{width:g} {function}"


def _first(value: object) -> float:
    """The first of one or several windows: the one that the modality prefers (PS3.3, C.11.2.1.2)."""
    return float(value[0] if isinstance(value, MultiValue) else value)  # type: ignore[arg-type]
