"""The token by which this product's services know each other."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import httpx

from client.errors import LaterError

FILE = "CXR_TOKEN_FILE"
"""Variable of a program's environment: the token's file."""


class Token(httpx.Auth):
    """Sends the bearer token in a file (RFC 6750), as it is when a request is made, so that it can be changed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        """One request, with the token.

        Raises:
            LaterError: its file cannot be read.
        """
        try:
            request.headers["Authorization"] = f"Bearer {self._path.read_text('ascii').strip()}"
        except (OSError, ValueError) as error:
            raise LaterError("no-token", f"the file with the token cannot be read: {self._path}") from error
        yield request


def proof(path: Path | None) -> dict[str, str]:
    """The header that proves who we are; empty where there is no file."""
    with contextlib.suppress(OSError):
        if path:
            return {"Authorization": f"Bearer {path.read_text().strip()}"}
    return {}


def named_file() -> Path | None:
    """The token's file that the environment names, if it names one."""
    path = os.environ.get(FILE)
    return Path(path) if path else None


def of_environment() -> Token | None:
    """The token in that file."""
    path = named_file()
    return Token(path) if path else None
