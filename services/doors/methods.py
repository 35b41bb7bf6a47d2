"""HTTP methods, the same at every door: HEAD wherever GET is, OPTIONS everywhere, and Allow that names all of a path.

Source: RFC 9110, 9.1, 9.3.2, 9.3.7 and 15.5.6.
"""

from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""Methods that a route may have; HEAD comes with GET, and OPTIONS with any."""


class Methods:
    """ASGI middleware of an application whose router knows its routes' own methods only, one route at a time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: HEAD as GET, without the body; OPTIONS with the path's methods."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and (methods := _methods(scope)):
            await Response(status_code=HTTPStatus.NO_CONTENT, headers=_allow(methods))(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self._head(scope, receive, send)
        else:
            await self._app(scope, receive, _correcting(scope, send))

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        respond = _correcting(scope, send)

        async def headers_only(message: Message) -> None:
            await respond({**message, "body": b""} if message["type"] == "http.response.body" else message)

        asked = {**scope, "method": "GET"}  # a copy: the server, too, goes by the method that was asked for
        try:
            await self._app(asked, receive, headers_only)
        finally:
            if "route" in asked:
                scope["route"] = asked["route"]  # for the request's line in the log


def _correcting(scope: Scope, send: Send) -> Send:
    """Of a path with several routes, a router names the first one's methods only."""
    asked = dict(scope)  # before a mount moves its root

    async def respond(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.METHOD_NOT_ALLOWED:
            MutableHeaders(scope=message).update(_allow(_methods(asked)))
        await send(message)

    return respond


def _allow(methods: list[str]) -> dict[str, str]:
    return {"Allow": ", ".join([*methods, "OPTIONS"])}


def _methods(scope: Scope) -> list[str]:
    """Those of all routes of a path; none where there is no such path."""
    asked = {name: scope[name] for name in ("type", "path", "root_path", "headers")}
    methods = [method for method in ASKED if _has(scope["app"].routes, asked | {"method": method})]
    return ["GET", "HEAD", *methods[1:]] if "GET" in methods else methods


def _has(routes: list[BaseRoute], scope: Scope) -> bool:
    return any(
        route.matches(scope)[0] is Match.FULL and (scope["method"] == "GET" or not isinstance(route, Mount))
        for route in routes  # a mount takes every method; those that there are hold files, which are only read
    )
