"""DICOM files to data sets, whatever their bytes: without a preamble, deflated, damaged or hostile."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from pydicom import Dataset, FileMetaDataset, uid
from pydicom import config as pydicom_config
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.filereader import read_dataset, read_preamble
from pydicom.pixels import get_decoder
from pydicom.tag import BaseTag
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16

from cxr.errors import TooLargeError, UnusableRadiographError
from imaging import characters, pixel_module

pydicom_config.settings.reading_validation_mode = pydicom_config.IGNORE  # a bad name or date is not our concern

FIRST_GROUPS = (0x0002, 0x0008)
"""What a data set can begin with: file meta information, or the SOP common module (PS3.10, 7.1; PS3.3, C.12.1)."""

PIXEL_DATA = 0x7FE00010
HEADER_BYTES = 1024 * 1024
"""Of one value beside the pixels. Source: eight look-up tables of 65,536 entries of 16 bits, the longest that
LUTDescriptor can tell (PS3.3, C.11.2.1.1)."""

SHORT_BYTES = 0xFFFF
"""Of a value whose representation has a length of 16 bits. Source: PS3.5, 7.1.2; only implicit VR can say more."""

MAX_INFLATION = 1032
"""Bytes that one deflated byte can become. Source: zlib's technical details, "Maximum Compression Factor"."""

MAX_READS = 20_000
"""Of a file; an element takes up to three, an item of a sequence one, 8 KB of compressed pixels one. Source: a film's
header has about 300 elements, those with a vendor's private sequences some thousands. So many empty items take half a
second, in which no other thread of Python's goes on."""

TOO_MANY = "the header has too many elements"


@dataclass(frozen=True)
class Layout:
    """How a file is laid out."""

    header: Dataset
    """The attributes before the pixels."""
    syntax: uid.UID
    pixels: int
    """Where the element begins that is behind them: in the file, or, of a deflated one, in what was inflated of it."""


class _Metered(BytesIO):
    """A file of so many elements at most: as Python objects they are a hundred times as large as in the file."""

    left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise TooLargeError(TOO_MANY)
        return super().read(size)


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
    """The data set of a DICOM file up to its pixels, which are still encoded; file_meta always has a transfer syntax.

    A deflated one is inflated up to what max_pixels can need, and then said to be explicit VR. Elements are counted
    while they are read; values that are too long to be an attribute of a film are left out, for each of their parts
    becomes an object when somebody asks for them.

    Raises:
        TooLargeError: a deflated one holds more, or there are too many elements.
        UnusableRadiographError: a transfer syntax that is not read; the text names it.
        Exception: hostile bytes fail in many ways.
    """
    file, meta, syntax = _begun(data)
    _check(syntax)
    if syntax == uid.DeflatedExplicitVRLittleEndian:
        file, syntax = _Metered(_inflated(data[file.tell() :], max_pixels)), uid.ExplicitVRLittleEndian
    dataset = _read(file, syntax, _behind_pixels)
    _lighten(dataset)
    _complete(dataset, meta)
    pixel_module.mend(dataset)
    meta.TransferSyntaxUID = syntax
    dataset.file_meta = meta
    return dataset


def read_header(data: bytes) -> Dataset:
    """The attributes before the pixels, as read_layout."""
    return read_layout(data).header


def read_layout(data: bytes) -> Layout:
    """What is before the pixels, as far as data goes; of a deflated file, HEADER_BYTES are inflated for it.

    Raises:
        TooLargeError: there are too many elements.
        Exception: hostile bytes fail in many ways.
    """
    file, meta, named = _begun(data)
    syntax = named
    if syntax == uid.DeflatedExplicitVRLittleEndian:
        content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[file.tell() :], HEADER_BYTES)
        file, syntax = _Metered(content), uid.ExplicitVRLittleEndian
    dataset = _read(file, syntax, _at_pixels)
    _lighten(dataset)
    _complete(dataset, meta)
    return Layout(dataset, named, file.tell())


def _begun(data: bytes) -> tuple["_Metered", FileMetaDataset, uid.UID]:
    """The file, read up to the data set; what the file meta information says; and the transfer syntax."""
    file = _Metered(data)
    read_preamble(file, force=True)
    meta = FileMetaDataset(_read(file, uid.ExplicitVRLittleEndian, _behind_meta))
    return file, meta, meta.get("TransferSyntaxUID") or _guessed(data[file.tell() :][:6])


def _read(file: _Metered, syntax: uid.UID, stop_when: Callable[[BaseTag, str | None, int], bool]) -> Dataset:
    """A data set; pydicom makes an error of its own of what goes wrong within a sequence."""
    try:
        return read_dataset(file, syntax.is_implicit_VR, syntax.is_little_endian, stop_when=stop_when)
    except Exception as error:
        if file.left < 0:
            raise TooLargeError(TOO_MANY) from error
        raise


def _complete(dataset: Dataset, meta: FileMetaDataset) -> None:
    """What the file meta information alone tells; and the character set that is meant."""
    for keyword, told in (("SOPClassUID", "MediaStorageSOPClassUID"), ("SOPInstanceUID", "MediaStorageSOPInstanceUID")):
        if not dataset.get(keyword) and (value := meta.get(told)):
            setattr(dataset, keyword, value)
    characters.mend(dataset)


def _at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
    return bool(tag >= PIXEL_DATA)


def _behind_meta(tag: BaseTag, vr: str | None, length: int) -> bool:
    return bool(tag.group != 0x0002)


def _behind_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
    return bool(tag > PIXEL_DATA)  # elements ascend (PS3.5, 7.1): what is left is padding and signatures


def _guessed(first: bytes) -> uid.UID:
    """The syntax of a file that does not tell, by its first element: group, element, and maybe a representation."""
    if not (first[4:6].isalpha() and first[4:6].isupper()):
        return uid.ImplicitVRLittleEndian
    return uid.ExplicitVRBigEndian if first[:1] == b"\0" else uid.ExplicitVRLittleEndian


def _check(syntax: uid.UID) -> None:
    try:
        get_decoder(syntax)
    except NotImplementedError as error:
        name = uid.UID_dictionary.get(syntax, ("unknown",))[0]
        raise UnusableRadiographError(f"transfer syntax {name} is not read") from error


def inflated_bytes(data: bytes, max_pixels: int) -> int:
    """The most that a deflated file is inflated to."""
    return min(4 * max_pixels + HEADER_BYTES, MAX_INFLATION * len(data))


def _inflated(data: bytes, max_pixels: int) -> bytes:
    """pydicom would inflate it without a limit."""
    most = 4 * max_pixels + HEADER_BYTES
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # PS3.5, A.5: no zlib header
    content = inflater.decompress(data, most)
    if inflater.unconsumed_tail:
        raise TooLargeError(f"inflates to more than {most} bytes")
    return content


def _lighten(dataset: Dataset) -> None:
    """Leave out values that are too long, in sequences too."""
    for tag in list(dataset.keys()):
        element = dataset.get_item(tag)
        if isinstance(element, RawDataElement):
            if tag != PIXEL_DATA and len(element.value or b"") > _most(tag):
                del dataset[tag]
        elif element.VR == "SQ":
            for item in element.value:
                _lighten(item)


def _most(tag: BaseTag) -> int:
    short = dictionary_has_tag(tag) and dictionary_VR(tag) in EXPLICIT_VR_LENGTH_16
    return SHORT_BYTES if short else HEADER_BYTES
