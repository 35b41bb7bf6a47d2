"""By which names a service is asked: any other name is somebody else's, which was made to lead here (DNS rebinding)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from doors.errors import MisdirectedError
from doors.problem import problem
from doors.problems import respond

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""Names that lead to this machine for whoever is on it, and for nobody else."""


class Hosts:
    """ASGI middleware that refuses a request whose Host is none of ours (421, RFC 9110, 15.5.20).

    A page of another site whose name was made to lead here is of our origin to its browser, which guards nothing then.
    """

    def __init__(self, app: ASGIApp, names: Collection[str], open_paths: Collection[str] = ()) -> None:
        """For one application.

        Args:
            app: it.
            names: host names and addresses, without ports; those of LOOPBACK are always taken.
            open_paths: what machines ask for by whichever address they have, and where nothing is told of anybody.
        """
        self._app = app
        self._names = {name.lower().strip("[]") for name in (*names, *LOOPBACK)}
        self._open = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan" or scope["path"] in self._open or self._is_ours(Headers(scope=scope)):
            await self._app(scope, receive, send)
        else:
            refused = problem(MisdirectedError("this service is not asked by that name"))
            await respond(refused)(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        given = headers.getlist("host")
        return len(given) == 1 and host_name(given[0]) in self._names


def host_name(host: str) -> str:
    """The name in a Host header, without its port, in small letters; empty where there is none (RFC 9110, 7.2)."""
    try:
        parts = urlsplit(f"//{host}")
        whole = parts.netloc == host and parts.username is None and (parts.port is None or parts.port > 0)
        return parts.hostname or "" if whole else ""
    except ValueError:  # its port is no number
        return ""
