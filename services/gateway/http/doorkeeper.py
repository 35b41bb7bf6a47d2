"""Turns away who would wait too long before anything else is done for them: under overload that is most requests."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from doors.problems import Problems
from gateway.http.state import Gateway
from gateway.lanes import lane_of
from imaging.errors import OverloadedError

FILMS = "/v1/assessments"
"""Where films are posted to be assessed; STOW-RS only stores them, at the listener."""


class Doorkeeper:
    """ASGI middleware; admission, which lets in who passed it, looks again when the film has arrived."""

    def __init__(self, app: ASGIApp, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """429 where the wait is too long, without the film being received."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(FILMS):
            try:
                Gateway.of_scope(scope).admission.check(lane_of(Headers(scope=scope).get("priority", "")))
            except OverloadedError as error:
                await self._problems.answer(error, scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)
