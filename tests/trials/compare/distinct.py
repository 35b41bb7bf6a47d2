"""As many distinct films as are wanted, at no cost: one PNG in pieces, of which only a short one is made anew.

A number is written into the film's first row. The rest of the compressed pixels never changes, so that a client can
send films that no cache knows without encoding, or keeping, one of them.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GRAY = 0
SUB = 1
"""The filter of every row but the first: each pixel less the one before it. Source: PNG specification, 9.2."""

ADLER = 65521
BITS = 32


class Films:
    """One film, and a variant of it for each number below 2**32."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        """Of shape (rows, columns), at least 32 columns; compressed as OpenCV does: level 1, runs only."""
        rows, columns = pixels.shape
        header = struct.pack(">IIBBBBB", columns, rows, 8, GRAY, 0, 0, 0)
        self._first = pixels[0]
        self._rest = _filtered(pixels[1:])
        compress = zlib.compressobj(1, zlib.DEFLATED, -15, 8, zlib.Z_RLE)
        self._head = SIGNATURE + _chunk(b"IHDR", header)
        self._body = _chunk(b"IDAT", compress.compress(self._rest) + compress.flush())
        self._adler = zlib.adler32(self._rest)
        self._tail = _chunk(b"IEND", b"")

    def film(self, number: int) -> bytes:
        """A whole PNG file."""
        row = self._first.copy()
        row[:BITS] = [255 if number >> bit & 1 else 0 for bit in range(BITS)]
        line = b"\0" + row.tobytes()
        # zlib's header, then one stored block that is not the last: RFC 1950, 2.2 and RFC 1951, 3.2.4.
        stored = b"\x78\x01\x00" + struct.pack("<HH", len(line), len(line) ^ 0xFFFF) + line
        check = struct.pack(">I", _joined(zlib.adler32(line), self._adler, len(self._rest)))
        return self._head + _chunk(b"IDAT", stored) + self._body + _chunk(b"IDAT", check) + self._tail


def _filtered(pixels: NDArray[np.uint8]) -> bytes:
    rows, columns = pixels.shape
    lines = np.full((rows, 1 + columns), SUB, np.uint8)
    lines[:, 1] = pixels[:, 0]
    lines[:, 2:] = pixels[:, 1:] - pixels[:, :-1]  # modulo 256
    return lines.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _joined(first: int, second: int, length: int) -> int:
    """Adler-32 of two parts one after the other, from those of each, and the second's length: RFC 1950, 8.2."""
    low = ((first & 0xFFFF) + (second & 0xFFFF) - 1) % ADLER
    high = ((first >> 16) + (second >> 16) + length * ((first & 0xFFFF) - 1)) % ADLER
    return high << 16 | low
