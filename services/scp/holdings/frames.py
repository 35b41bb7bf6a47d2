"""The frames of an instance as they are stored, read from its file and never all held (PS3.18, 10.4.1.1.6)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np
from pydicom import Dataset, uid
from pydicom.encaps import get_frame

from cxr.errors import MalformedError, NoPixelsError
from imaging.part10 import PIXEL_DATA, read_layout
from results.errors import NotFoundError
from scp.films import START_BYTES

NATIVE = "application/octet-stream"

MEDIA_TYPES = {
    uid.JPEGBaseline8Bit: "image/jpeg",
    uid.JPEGExtended12Bit: "image/jpeg",
    uid.JPEGLossless: "image/jpeg",
    uid.JPEGLosslessSV1: "image/jpeg",
    uid.RLELossless: "image/dicom-rle",
    uid.JPEGLSLossless: "image/jls",
    uid.JPEGLSNearLossless: "image/jls",
    uid.JPEG2000Lossless: "image/jp2",
    uid.JPEG2000: "image/jp2",
}
"""Of compressed frames. Source: PS3.18, table 8.7.3-5."""

PIECE_BYTES = 1024 * 1024
"""That are read at once."""

UNDEFINED = 0xFFFFFFFF
"""Length of encapsulated pixels. Source: PS3.5, A.4."""

LONG_HEADER, SHORT_HEADER = 12, 8
"""Bytes of an element before its value, with and without an explicit representation. Source: PS3.5, 7.1.2, 7.1.3."""


@dataclass(frozen=True)
class Frames:
    """Those of an open file."""

    file: BinaryIO
    header: Dataset
    syntax: uid.UID
    start: int
    """Where the value of the pixel data begins."""
    length: int

    @classmethod
    def of(cls, file: BinaryIO) -> "Frames":
        """Find the pixels.

        Raises:
            NoPixelsError: there are none.
            MalformedError: the file cannot be read.
        """
        file.seek(0)
        try:
            layout = read_layout(file.read(START_BYTES))
        except Exception:  # hostile bytes fail in many ways
            raise MalformedError("the instance cannot be read") from None
        syntax = uid.UID(layout.syntax)
        order = "<" if syntax.is_little_endian else ">"
        file.seek(layout.pixels)
        begin = file.read(LONG_HEADER)
        if len(begin) < LONG_HEADER or syntax.is_deflated:
            raise NoPixelsError("the instance has no pixels, or they are packed with its header")
        group, element = struct.unpack(f"{order}HH", begin[:4])
        if (group << 16) + element != PIXEL_DATA:
            raise NoPixelsError("the instance has no pixels")
        size = SHORT_HEADER if syntax.is_implicit_VR else LONG_HEADER
        (length,) = struct.unpack(f"{order}I", begin[size - 4 : size])
        return cls(file, layout.header, syntax, layout.pixels + size, length)

    @property
    def compressed(self) -> bool:
        """Whether each frame is a file of some codec."""
        return self.length == UNDEFINED

    @property
    def media_type(self) -> str:
        """Of a frame as it is stored."""
        return MEDIA_TYPES.get(self.syntax, NATIVE) if self.compressed else NATIVE

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return max(1, int(self.header.get("NumberOfFrames") or 1))

    @cached_property
    def bits(self) -> int:
        """Of a frame that is not compressed."""
        head = self.header
        samples = int(head.SamplesPerPixel)
        if head.PhotometricInterpretation == "YBR_FULL_422":
            samples = 2  # two of four columns have no colour of their own: PS3.3, C.7.6.3.1.2
        return int(head.Rows) * int(head.Columns) * samples * int(head.BitsAllocated)

    def check(self, number: int) -> None:
        """Raise unless there is a frame of that number, from 1.

        Raises:
            NotFoundError: there is none.
        """
        if not 1 <= number <= self.count:
            raise NotFoundError(f"no frame {number}; there are {self.count}")

    def read(self, number: int) -> Iterator[bytes]:
        """A frame, piece by piece.

        Args:
            number: from 1.

        Raises:
            NotFoundError: there is none of that number.
            MalformedError: there are fewer bytes than the header says.
        """
        self.check(number)
        if self.compressed:
            yield self._encapsulated(number)
        elif self.bits % 8:
            yield self._unaligned(number)
        else:
            size = self.bits // 8
            yield from self._pieces(self.start + (number - 1) * size, size)

    def whole(self) -> Iterator[bytes]:
        """The value of the pixel data where it is not compressed, piece by piece."""
        yield from self._pieces(self.start, self.length)

    def _pieces(self, start: int, size: int) -> Iterator[bytes]:
        if start + size > self.start + self.length:
            raise MalformedError("there are fewer pixels than the header says")
        for at in range(start, start + size, PIECE_BYTES):
            self.file.seek(at)
            wanted = min(PIECE_BYTES, start + size - at)
            piece = self.file.read(wanted)
            if len(piece) < wanted:
                raise MalformedError("there are fewer pixels than the header says")
            yield piece

    def _encapsulated(self, number: int) -> bytes:
        self.file.seek(self.start)
        try:
            return get_frame(self.file, number - 1, number_of_frames=self.count)
        except Exception:  # hostile bytes fail in many ways
            raise MalformedError("the compressed frame cannot be found") from None

    def _unaligned(self, number: int) -> bytes:
        """Frames of single bits follow each other without a gap; alone, each begins with a byte. Source: PS3.5, 8.1.1,
        annex D."""
        first = (number - 1) * self.bits
        start, end = first // 8, -(-(first + self.bits) // 8)
        packed = np.frombuffer(b"".join(self._pieces(self.start + start, end - start)), np.uint8)
        bits = np.unpackbits(packed, bitorder="little")[first - 8 * start :][: self.bits]
        return np.packbits(bits, bitorder="little").tobytes()
