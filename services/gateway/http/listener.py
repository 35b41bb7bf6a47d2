"""The listener, whose HTTP door answers DICOMweb: requests are passed on to it as they come, and its answers back."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self

import httpx
import structlog
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import HttpUrl
from starlette.types import Receive, Scope, Send

from client import authorities
from client.errors import LaterError
from client.token import Token
from cxr.errors import MalformedError
from doors.request_id import current_request_id
from doors.uploads import arriving
from imaging.errors import OverloadedError

log = structlog.get_logger()

BUSY_S = 10
"""After which a listener that was away may be back."""

AT_ONCE = 64
"""Requests that are passed on at once, each with some hundred kilobytes in memory; the listener has its own limit. As
many to store as to search and retrieve, so that who reads slowly keeps nobody from storing."""

TIMEOUTS = httpx.Timeout(connect=5, write=30, read=300, pool=1)
"""Seconds. The answer comes when every film of a request is on the disk; pool is the wait while AT_ONCE are there."""

READING = httpx.Timeout(connect=5, write=30, read=60, pool=1)
"""The same for who searches or retrieves: read is the longest silence of the listener."""

RETRIEVED_WITHIN_S = 300.0
"""From the first byte of an answer to the last; then the connection ends, and its place is free."""

PASSED_ON = ("Content-Type", "Content-Encoding", "Content-Length", "Accept", "Priority")
"""Headers of a request."""

PASSED_BACK = ("Content-Type", "Content-Length", "Retry-After", "Accept-Encoding", "Warning", "Cache-Control")
"""Headers of an answer."""

ITS_TYPES = (
    "application/dicom", "application/octet-stream", "application/problem+json", "image/", "multipart/related",
)  # fmt: skip
"""How the types begin that the listener answers in."""


class Listener:
    """A client of the listener's HTTP door."""

    def __init__(self, storing: httpx.AsyncClient, reading: httpx.AsyncClient, public_url: HttpUrl | None) -> None:
        self._storing = storing
        self._reading = reading
        self._public_url = public_url

    @classmethod
    @asynccontextmanager
    async def at(
        cls,
        url: HttpUrl | None,
        token_file: Path | None = None,
        public_url: HttpUrl | None = None,
        authority: Path | None = None,
    ) -> AsyncIterator[Self | None]:
        """The listener at an address, if there is one.

        Args:
            url: its address.
            token_file: by which it knows who asks.
            public_url: the gateway's, as its clients know it.
            authority: PEM file of whom its certificate has to be signed by; None for the usual ones.
        """
        if url is None:
            yield None
            return
        # A connection that is kept may be closed just when it is used again, and a body that is passed on has no copy.
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0)
        auth = Token(token_file) if token_file else None
        verify = ssl.create_default_context(cafile=authority) if authority else authorities.usual()
        asked: dict[str, Any] = {"base_url": str(url), "limits": limits, "auth": auth, "verify": verify}
        async with (
            httpx.AsyncClient(timeout=TIMEOUTS, **asked) as storing,
            httpx.AsyncClient(timeout=READING, **asked) as reading,
        ):
            yield cls(storing, reading, public_url)

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
        body = arriving(request, upload_timeout_s)
        try:
            answer = await self._storing.post(path, content=body, headers=self._headers(request))
        except (httpx.HTTPError, LaterError) as error:
            raise OverloadedError(BUSY_S) from error
        if not _is_its(answer):
            raise OverloadedError(BUSY_S)
        return Response(answer.content, answer.status_code, _back(answer))

    async def fetch(self, request: Request) -> Response:
        """The listener's answer to a GET at the same address, passed on while it comes.

        Raises:
            MalformedError: a query that no address can have.
            OverloadedError: the listener is away, or something else answers in its place: ask again.
        """
        query = f"?{request.url.query}" if request.url.query else ""
        try:
            asked = self._reading.build_request("GET", f"{request.url.path}{query}", headers=self._headers(request))
        except httpx.InvalidURL:
            raise MalformedError("not understood: the query") from None
        try:
            answer = await self._reading.send(asked, stream=True)
        except (httpx.HTTPError, LaterError) as error:
            raise OverloadedError(BUSY_S) from error
        if not _is_its(answer):
            await answer.aclose()
            raise OverloadedError(BUSY_S)
        return _Passed(answer)

    def _headers(self, request: Request) -> dict[str, str]:
        """Of a request, with those that tell the listener who asks, and under which address."""
        passed = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        public = str(self._public_url or request.base_url)
        return passed | {"X-Request-ID": current_request_id() or "", "X-Public-URL": public}


class _Passed(StreamingResponse):
    """An answer as it comes; the listener's side ends with it. One that stops halfway ends the connection."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(answer.aiter_raw(), answer.status_code, _back(answer))
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(RETRIEVED_WITHIN_S):
                await super().__call__(scope, receive, send)
        except (TimeoutError, httpx.HTTPError) as error:
            log.warning("an answer of the listener was not passed on whole", error=type(error).__name__)
        finally:
            await self._answer.aclose()


def _is_its(answer: httpx.Response) -> bool:
    """Whether the listener itself has answered."""
    nothing = answer.status_code == HTTPStatus.NO_CONTENT
    return nothing or answer.headers.get("Content-Type", "").startswith(ITS_TYPES)


def _back(answer: httpx.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
