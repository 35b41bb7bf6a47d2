"""The request id: taken or made, bound to the log, returned; and one log line a request."""

import re
import time
from collections.abc import Mapping
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

from doors.access.caller import KEY

log = structlog.get_logger()

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
QUIET_PATHS = ("/livez", "/readyz", "/metrics")
"""Asked every few seconds by machines: logged only where they fail."""


class RequestId:
    """ASGI middleware. An id that could not be safely logged is replaced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if SAFE_ID.fullmatch(given) else str(ULID())
        started = time.perf_counter()
        status = 500

        async def respond(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, respond)
        finally:
            if scope["path"] not in QUIET_PATHS or status >= 500:
                elapsed_ms = round(1000 * (time.perf_counter() - started), 1)
                said = _said(scope.get("state", {}))
                log.info("request", method=scope["method"], path=_route(scope), status=status, ms=elapsed_ms, **said)


def _said(state: Mapping[str, Any]) -> dict[str, str]:
    """Who asked, where callers are known, and the code of a problem."""
    said = {"caller": state[KEY].name} if KEY in state else {}
    return said | ({"code": state["code"]} if "code" in state else {})


def _route(scope: Scope) -> str:
    """The route's pattern, since a path that is none of ours may hold anything."""
    return getattr(scope.get("route"), "path", "other")
