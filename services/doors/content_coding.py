"""Bodies that are sent packed (Content-Encoding)."""

import asyncio
import zlib
from collections.abc import AsyncIterator

from cxr.errors import MalformedError
from doors.errors import UnsupportedCodingError

CODINGS = ("gzip", "deflate", "identity")
"""What is taken, as Accept-Encoding of an answer names it. Source: RFC 9110, 8.4.1 and 15.5.16."""

PACKED = ("gzip", "x-gzip", "deflate")
"""Those that zlib unpacks."""

EITHER_FORMAT = zlib.MAX_WBITS | 32
"""Tells gzip's format and zlib's, which deflate is, by their first bytes."""

PIECE_BYTES = 1024 * 1024
"""That are unpacked at once: whoever counts the bytes sees a bomb long before it is whole."""


def unpacked(pieces: AsyncIterator[bytes], coding: str) -> AsyncIterator[bytes]:
    """A body without its coding, PIECE_BYTES at a time at most.

    Args:
        pieces: the body as it comes.
        coding: the Content-Encoding header.

    Raises:
        UnsupportedCodingError: another coding than CODINGS, or several.
        MalformedError: while it is read: it is not packed so, or not whole.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return pieces
    if coding not in PACKED:
        raise UnsupportedCodingError(f"Content-Encoding can be {', '.join(CODINGS)}, and only one of them")
    return _inflated(pieces)


async def _inflated(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Also where there are several members, one after the other (RFC 1952, 2.2)."""
    member = None
    try:
        async for piece in pieces:
            packed = piece
            while packed:
                member = member or zlib.decompressobj(EITHER_FORMAT)
                yield await asyncio.to_thread(member.decompress, packed, PIECE_BYTES)
                packed = member.unused_data if member.eof else member.unconsumed_tail
                member = None if member.eof else member
        if member:
            yield member.flush()
    except zlib.error as error:
        raise MalformedError("the body is not packed as Content-Encoding says") from error
    if member and not member.eof:
        raise MalformedError("the packed body does not end")
