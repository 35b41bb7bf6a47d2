"""DICOM files to data sets, whatever their bytes: without a preamble, deflated, damaged or hostile."""

import struct
import zlib
from io import BytesIO

from pydicom import Dataset, FileMetaDataset, dcmread, uid
from pydicom import config as pydicom_config
from pydicom.filereader import read_dataset

from cxr.errors import TooLargeError, UnusableRadiographError

pydicom_config.settings.reading_validation_mode = pydicom_config.IGNORE  # a bad name or date is not our concern

FIRST_GROUPS = (0x0002, 0x0008)
"""What a data set can begin with: file meta information, or the SOP common module (PS3.10, 7.1; PS3.3, C.12.1)."""

DEFLATED = uid.DeflatedExplicitVRLittleEndian
HEADER_BYTES = 1024 * 1024
"""Of a data set beside its pixels."""


def is_part10(data: bytes) -> bool:
    """Whether bytes are a DICOM file: by its prefix, or, where there is none, by a first element that can be one.

    Source: PS3.10, 7.1 (DICM after a preamble of 128 bytes). Files without are not conformant, and are common.
    """
    if data[128:132] == b"DICM":
        return True
    if len(data) < 12:
        return False
    group, element, length = struct.unpack_from("<HHI", data)
    explicit = data[4:6].isalpha() and data[4:6].isupper()
    return group in FIRST_GROUPS and element < 0x0100 and (explicit or length < 256)


def read_part10(data: bytes, max_pixels: int) -> Dataset:
    """The data set of a DICOM file, pixels still encoded; a deflated one inflated, up to what max_pixels can need.

    Raises:
        TooLargeError: a deflated one holds more.
        UnusableRadiographError: a deflated one whose file meta information has no length.
        Exception: hostile bytes fail in many ways.
    """
    if DEFLATED.encode() in data[:1024]:
        return _inflated(data, max_pixels)
    return dcmread(BytesIO(data), force=True)


def _inflated(data: bytes, max_pixels: int) -> Dataset:
    """pydicom would inflate it without a limit."""
    if data[132:140] != b"\x02\x00\x00\x00UL\x04\x00":  # PS3.10, 7.1: the first element, and required
        raise UnusableRadiographError("a deflated file whose file meta information has no length")
    (length,) = struct.unpack_from("<I", data, 140)
    most = 4 * max_pixels + HEADER_BYTES
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # PS3.5, A.5: no zlib header
    content = inflater.decompress(data[144 + length :], most)
    if inflater.unconsumed_tail:
        raise TooLargeError(f"inflates to more than {most} bytes")
    dataset = read_dataset(BytesIO(content), is_implicit_VR=False, is_little_endian=True)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    return dataset
