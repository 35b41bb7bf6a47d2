"""From which page a request comes: a change that another site's page asks for is refused, whoever's cookies it has."""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from doors.problem import details
from doors.problems import respond

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing. Source: RFC 9110, 9.2.1."""


class SameOrigin:
    """ASGI middleware that lets pages of our own change something, and programs that are no browser (403 else)."""

    def __init__(self, app: ASGIApp, allowed: Collection[str] = ()) -> None:
        """For one application; pages of the allowed origins may, too, and those of all where * is among them."""
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http" and scope["method"] not in SAFE and self._is_foreign(Headers(scope=scope)):
            refused = details(HTTPStatus.FORBIDDEN, "forbidden", "this was asked for by a page of another site")
            await respond(refused)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        known = "*" in self._allowed or headers.get("origin") in self._allowed
        return is_foreign(headers) and not known


def is_foreign(headers: Headers) -> bool:
    """Whether a browser sent it for a page of another origin.

    Browsers say where a request comes from, each in one of two ways; what says neither is no browser.

    Source:
        Fetch Metadata Request Headers (W3C), 2.3; RFC 6454, 7.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
