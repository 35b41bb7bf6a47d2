"""Small files that become large: what is sent is some kilobytes, what it takes to decode it hundreds of megabytes."""

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
SIDE = 7071
"""Pixels: the square of it is just less than the gateway's limit of 50 million."""

GRAY, RGB, PALETTE, RGBA = 0, 2, 3, 6
"""Source: PNG specification, table 11.1."""

BANDS = {GRAY: 1, RGB: 3, PALETTE: 1, RGBA: 4}


def palette(side: int = SIDE) -> bytes:
    """A picture of half transparent colours of a table."""
    table = _chunk(b"PLTE", bytes(range(256)) * 3) + _chunk(b"tRNS", b"\x80" * 256)
    return _png(side, side, PALETTE, table, rows=side)


def colours(side: int = SIDE) -> bytes:
    """Of four bytes a pixel."""
    return _png(side, side, RGBA, b"", rows=side)


def too_large(side: int = 60_000) -> bytes:
    """Of more pixels than are read, all of which are there."""
    return _png(side, side, GRAY, b"", rows=1000)


def inflating(extra_rows: int = 200_000) -> bytes:
    """A small picture with far more pixels than it says."""
    return _png(512, 512, GRAY, b"", rows=extra_rows)


def text(length: int = 200_000_000) -> bytes:
    """A small picture with a packed text, which is megabytes long."""
    packed = b"Comment\0\0" + _deflated(length, b" ")
    return _png(512, 512, GRAY, _chunk(b"zTXt", packed), rows=512)


def packed(length: int = 1_000_000_000) -> bytes:
    """A body to be sent with Content-Encoding: deflate."""
    return _deflated(length, b"\0")


def _png(columns: int, rows_told: int, kind: int, before: bytes, rows: int) -> bytes:
    header = struct.pack(">IIBBBBB", columns, rows_told, 8, kind, 0, 0, 0)
    pixels = _deflated(rows * (1 + columns * BANDS[kind]), b"\0")
    return PNG + _chunk(b"IHDR", header) + before + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _deflated(length: int, byte: bytes) -> bytes:
    packer, piece = zlib.compressobj(9), byte * 1_000_000
    whole = [packer.compress(piece) for _ in range(length // len(piece))]
    return b"".join((*whole, packer.compress(byte * (length % len(piece))), packer.flush()))
