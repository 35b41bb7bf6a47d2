"""The body of a request, as it comes."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from cxr.errors import MalformedError, TooLargeError


async def arriving(request: Request, timeout_s: float, max_bytes: int | None = None) -> AsyncIterator[bytes]:
    """The body, piece by piece; where max_bytes is given, a longer one is refused as early as it shows.

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
