"""Packed bodies (RFC 9110, 8.4.1)."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from cxr.errors import MalformedError
from doors.content_coding import PIECE_BYTES, unpacked
from doors.errors import UnsupportedCodingError

PLAIN = bytes(range(256)) * 40


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def whole(data: bytes, coding: str, size: int = 1000) -> bytes:
    return b"".join([piece async for piece in unpacked(pieces(data, size), coding)])


CODED = {
    "": PLAIN,
    "identity": PLAIN,
    "gzip": gzip.compress(PLAIN),
    "GZip": gzip.compress(PLAIN),
    "x-gzip": gzip.compress(PLAIN),
    "deflate": zlib.compress(PLAIN),
}


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(("coding", "data"), CODED.items())
async def test_a_body_is_unpacked_however_it_comes(coding, data, size):
    assert await whole(data, coding, size) == PLAIN


@pytest.mark.parametrize("size", [1, 100_000])
async def test_a_gzip_body_of_several_members_is_one(size):
    assert await whole(gzip.compress(PLAIN) + gzip.compress(b"more"), "gzip", size) == PLAIN + b"more"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "aws-chunked"])
async def test_other_codings_are_not_taken(coding):
    with pytest.raises(UnsupportedCodingError, match="gzip"):
        await whole(PLAIN, coding)


@pytest.mark.parametrize(
    "data",
    [PLAIN, gzip.compress(PLAIN)[:-9], gzip.compress(PLAIN) + b"rubbish", gzip.compress(PLAIN)[:5]],
    ids=["not packed", "cut off", "more behind it", "begun"],  # packed data has the time in it
)
async def test_a_body_that_is_not_packed_as_it_says_or_is_cut_off_is_malformed(data):
    with pytest.raises(MalformedError):
        await whole(data, "gzip")


async def test_a_bomb_comes_in_small_pieces():
    bomb = gzip.compress(bytes(50 * PIECE_BYTES))

    assert max([len(piece) async for piece in unpacked(pieces(bomb, len(bomb)), "gzip")]) == PIECE_BYTES
