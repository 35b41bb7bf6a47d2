"""An ASGI layer by which answers leave their trace in the audit: who was turned away, and who read what."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auditing.tally import FLOOD, Window
from auditing.trail import Trail
from doors.access.caller import ANYONE, KEY
from doors.connections import network_of
from doors.request_id import current_request_id

REFUSED = {HTTPStatus.UNAUTHORIZED: "caller.unknown", HTTPStatus.FORBIDDEN: "caller.forbidden"}
"""Status to action, at every door: auditing.events.DOORS."""


@dataclass(frozen=True)
class Note:
    """What one answer means."""

    action: str
    about: str | None = None
    window: Window | None = None
    detail: dict[str, Any] = field(default_factory=dict)


Notes = Callable[[Scope, int, Trail], Note | None]
"""What an answer with a status means, where it means anything."""


class Audited:
    """ASGI middleware. It comes before whatever lets callers in, and never keeps an answer waiting."""

    def __init__(self, app: ASGIApp, trail: Callable[[Scope], Trail], notes: Notes) -> None:
        """For one application.

        Args:
            app: it.
            trail: a request's service's.
            notes: what the service's own answers mean.
        """
        self._app = app
        self._trail = trail
        self._notes = notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and leave its trace."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def respond(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(scope, int(message["status"]))
            await send(message)

        await self._app(scope, receive, respond)

    def _answered(self, scope: Scope, status: int) -> None:
        trail, address = self._trail(scope), address_of(scope)
        caller = scope.get("state", {}).get(KEY, ANYONE).name
        if status in REFUSED:
            trail.record(caller, REFUSED[HTTPStatus(status)], window=FLOOD, address=network_of(address), **_request())
        elif note := self._notes(scope, status, trail):
            said = {"address": address} | note.detail
            trail.record(caller, note.action, note.about, note.window, **_request(), **said)


def address_of(scope: Scope) -> str:
    """From where a request came."""
    return scope["client"][0] if scope.get("client") else ""


def _request() -> dict[str, str | None]:
    return {"request": current_request_id()}
