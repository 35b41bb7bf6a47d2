"""A file of one film: what kind it is, and the radiograph in it."""

from dataclasses import dataclass, replace
from typing import Literal

from pydicom import Dataset

from cxr.errors import UnsupportedTypeError
from cxr.radiograph import Radiograph
from imaging.dicom import read_radiograph
from imaging.doubts import small
from imaging.part10 import is_part10
from imaging.picture import read_picture

Kind = Literal["application/dicom", "image/png", "image/jpeg"]

UNDECLARED = ("", "application/octet-stream")


@dataclass(frozen=True)
class File:
    """One film, as it was sent."""

    data: bytes
    kind: Kind

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

    Raises:
        UnsupportedTypeError: another kind, or not the declared one.

    Source:
        imaging.part10 (DICOM); PNG specification, 5.2; JPEG: ITU-T T.81, B.1.1.3.
    """
    kind: Kind
    if is_part10(data):
        kind = "application/dicom"
    elif data.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "image/png"
    elif data.startswith(b"\xff\xd8\xff"):
        kind = "image/jpeg"
    else:
        raise UnsupportedTypeError("not a DICOM, PNG or JPEG file")
    if declared not in (*UNDECLARED, kind):
        raise UnsupportedTypeError(f"the file is {kind}, but Content-Type says something else")
    return kind
