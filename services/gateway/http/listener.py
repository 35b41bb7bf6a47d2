"""The listener, whose HTTP door answers STOW-RS: requests are passed on to it as they come, and its answers back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import httpx
from fastapi import Request, Response
from pydantic import HttpUrl

from client.token import Token
from doors.request_id import current_request_id
from doors.uploads import arriving
from imaging.errors import OverloadedError

BUSY_S = 10
"""After which a listener that was away may be back."""

AT_ONCE = 64
"""Requests that are passed on at once, each with some hundred kilobytes in memory; the listener has its own limit."""

TIMEOUTS = httpx.Timeout(connect=5, write=30, read=300, pool=1)
"""Seconds. The answer comes when every film of a request is on the disk; pool is the wait while AT_ONCE are there."""

PASSED_ON = ("Content-Type", "Content-Encoding", "Content-Length", "Accept", "Priority")
"""Headers of a request."""

PASSED_BACK = ("Content-Type", "Retry-After", "Accept-Encoding")
"""Headers of an answer."""

ITS_TYPES = ("application/dicom+json", "application/dicom+xml", "application/problem+json")
"""What the listener answers in."""


class Listener:
    """A client of the listener's HTTP door."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    @classmethod
    @asynccontextmanager
    async def at(cls, url: HttpUrl | None, token_file: Path | None = None) -> AsyncIterator[Self | None]:
        """The listener at an address, if there is one; who asks it proves by the token who they are."""
        if url is None:
            yield None
            return
        # A connection that is kept may be closed just when it is used again, and a body that is passed on has no copy.
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
        auth = Token(token_file) if token_file else None
        async with httpx.AsyncClient(base_url=str(url), timeout=TIMEOUTS, limits=limits, auth=auth) as client:
            yield cls(client)

    async def pass_on(self, request: Request, path: str, upload_timeout_s: float) -> Response:
        """The listener's answer to a request. An early one is given when the body has come, as most clients read it.

        Args:
            request: whose body is never held whole.
            path: at the listener.
            upload_timeout_s: how long the body may take to arrive.

        Raises:
            MalformedError: the client went away or was too slow.
            OverloadedError: the listener is away, or something else answers in its place: the sender shall try again.
        """
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        headers["X-Request-ID"] = current_request_id() or ""
        try:
            answer = await self._client.post(path, content=arriving(request, upload_timeout_s), headers=headers)
        except httpx.HTTPError as error:
            raise OverloadedError(BUSY_S) from error
        if not answer.headers.get("Content-Type", "").startswith(ITS_TYPES):
            raise OverloadedError(BUSY_S)
        back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        return Response(answer.content, answer.status_code, back)
