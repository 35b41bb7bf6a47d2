"""The body of a request, as it comes."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from cxr.errors import MalformedError, TooLargeError
from doors.content_coding import unpacked


async def unpacking(request: Request, timeout_s: float, max_bytes: int) -> AsyncIterator[bytes]:
    """The body as it was before its Content-Encoding, piece by piece; max_bytes holds for that too.

    Raises:
        MalformedError: as arriving; or it is not packed as Content-Encoding says.
        TooLargeError: more than max_bytes, packed or not.
        UnsupportedCodingError: a Content-Encoding that is not taken.
    """
    count = 0
    async for piece in unpacked(arriving(request, timeout_s, max_bytes), request.headers.get("content-encoding", "")):
        count += len(piece)
        _check(count, max_bytes)
        yield piece


async def arriving(request: Request, timeout_s: float, max_bytes: int | None = None) -> AsyncIterator[bytes]:
    """The body as it comes, packed or not; where max_bytes is given, a longer one is refused as early as it shows.

    Raises:
        MalformedError: the client went away, or the last byte is not there after timeout_s.
        TooLargeError: more than max_bytes.
    """
    deadline = asyncio.get_running_loop().time() + timeout_s
    count = int(request.headers.get("content-length") or 0)
    _check(count, max_bytes)
    count, stream = 0, request.stream()
    try:
        while True:
            async with asyncio.timeout_at(deadline):  # and not around what is done with a piece, which may take long
                piece = await anext(stream, None)
            if piece is None:
                return
            count += len(piece)
            _check(count, max_bytes)
            yield piece
    except (TimeoutError, ClientDisconnect) as error:
        raise MalformedError("the upload did not arrive whole") from error


def _check(count: int, max_bytes: int | None) -> None:
    if max_bytes is not None and count > max_bytes:
        raise TooLargeError(f"more than {max_bytes} bytes")
