"""Answers of several parts (RFC 2387), written while they are read."""

import secrets
from collections.abc import Iterable, Iterator

from starlette.responses import StreamingResponse

PRIVATE = {"Cache-Control": "private, no-store"}
"""Of what holds patient data."""

Part = tuple[str, Iterable[bytes]]
"""Content-Type, and the content piece by piece."""


def related(kind: str, parts: Iterable[Part]) -> StreamingResponse:
    """An answer of parts of that media type; where one fails, the connection ends: nobody takes it for whole."""
    boundary = secrets.token_hex(16)
    media_type = f'multipart/related; type="{kind}"; boundary={boundary}'
    return StreamingResponse(_written(parts, boundary.encode()), headers=PRIVATE, media_type=media_type)


def _written(parts: Iterable[Part], boundary: bytes) -> Iterator[bytes]:
    for content_type, pieces in parts:
        yield b"--" + boundary + b"\r\nContent-Type: " + content_type.encode("latin-1") + b"\r\n\r\n"
        yield from pieces
        yield b"\r\n"
    yield b"--" + boundary + b"--\r\n"
