"""A file of one film: what kind it is, and the radiograph in it."""

from dataclasses import dataclass, replace

from pydicom import Dataset

from cxr.errors import UnsupportedTypeError
from cxr.radiograph import Radiograph
from imaging.dicom import read_radiograph
from imaging.doubts import small
from imaging.media_types import KINDS, MEDIA_TYPE, UNDECLARED, Kind, media_type
from imaging.part10 import is_part10
from imaging.picture import read_picture


@dataclass(frozen=True)
class File:
    """One film, as it was sent."""

    data: bytes
    kind: Kind
    digest: bytes = b""
    """SHA-256 of the data, where it was computed while they arrived; else empty."""

    def read(self, max_pixels: int) -> tuple[Radiograph, Dataset | None]:
        """The radiograph, and for a DICOM file its data set, which stays in the gateway.

        Raises:
            InputError: no radiograph can be read from it.
        """
        if self.kind == "application/dicom":
            film, dataset = read_radiograph(self.data, max_pixels)
        else:
            film, dataset = read_picture(self.data, max_pixels), None
        return replace(film, doubts=(*film.doubts, *small(*film.shape))), dataset


def kind_of(data: bytes, declared: str) -> Kind:
    """What kind of file it is, by its first bytes, which Content-Type must not contradict.

    Args:
        data: the file.
        declared: Content-Type; its parameters and its case mean nothing here (RFC 9110, 8.3.1).

    Raises:
        UnsupportedTypeError: another kind, or not the declared one.

    Source:
        imaging.part10 (DICOM); PNG specification, 5.2; JPEG: ITU-T T.81, B.1.1.3.
    """
    name = media_type(declared)
    kind = _kind(data)
    if kind is None:
        raise UnsupportedTypeError(f"not a DICOM, PNG or JPEG file{_said(name)}")
    if name not in UNDECLARED and KINDS.get(name) != kind:
        raise UnsupportedTypeError(f"the file is {kind}, and to be sent as such{_said(name)}")
    return kind


def _kind(data: bytes) -> Kind | None:
    if is_part10(data):
        return "application/dicom"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8\xff") else None


def _said(name: str) -> str:
    """What Content-Type said, where it is a type and not just anything."""
    return f"; Content-Type says {name}" if MEDIA_TYPE.fullmatch(name) else ""
