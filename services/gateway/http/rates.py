"""How much one client may ask: who asks more gets 429, and the others notice nothing of it."""

import math
import time
from dataclasses import dataclass

import cachetools
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from doors.access.caller import OURS, Caller
from doors.connections import network_of
from doors.priority import is_urgent
from doors.problems import Problems
from doors.requests import QUIET_PATHS
from imaging.errors import OverloadedError

BURST_S = 2.0
"""Of a client's rate that it may ask at once."""

MAX_CLIENTS = 10_000
"""That are remembered, 200 bytes each; who asked longest ago is forgotten, and begins anew."""


@dataclass
class _Client:
    tokens: float
    """Requests that it may still begin now; below zero where urgent ones have borrowed."""
    counted: float
    """When they were."""
    in_flight: int = 0


class Rates:
    """ASGI middleware: a token bucket for each client, and a limit of its requests in flight.

    A client is a caller, or at a door that asks nobody who they are an address. Urgent requests may borrow as many
    again. Our own services, by which the films of many come, are left to admission; probes are left alone.
    """

    def __init__(self, app: ASGIApp, problems: Problems, per_s: float, in_flight: int) -> None:
        self._app = app
        self._problems = problems
        self._per_s, self._in_flight = per_s, in_flight
        self._clients: cachetools.LRUCache[tuple[str, str], _Client] = cachetools.LRUCache(MAX_CLIENTS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """429 where a client asks too much, before anything is done for it."""
        if scope["type"] != "http" or scope["path"] in QUIET_PATHS:
            await self._app(scope, receive, send)
            return
        caller = Caller.of(HTTPConnection(scope)).name
        if caller == OURS:
            await self._app(scope, receive, send)
            return
        client = self._client(caller, scope)
        try:
            self._take(client, is_urgent(Headers(scope=scope).get("priority", "")))
        except OverloadedError as error:
            await self._problems.answer(error, scope)(scope, receive, send)
            return
        client.in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            client.in_flight -= 1

    def _client(self, caller: str, scope: Scope) -> _Client:
        address = scope["client"][0] if scope.get("client") else ""
        name = ("caller", caller) if caller else ("address", network_of(address))
        if name not in self._clients:
            self._clients[name] = _Client(self._most, time.monotonic())
        return self._clients[name]

    @property
    def _most(self) -> float:
        return max(1.0, BURST_S * self._per_s)

    def _take(self, client: _Client, urgent: bool) -> None:
        """Count a request.

        Raises:
            OverloadedError: says after how many seconds the client may ask again.
        """
        now = time.monotonic()
        client.tokens = min(self._most, client.tokens + (now - client.counted) * self._per_s)
        client.counted = now
        lacking = 1 - client.tokens - (self._most if urgent else 0)
        if lacking > 0:
            raise OverloadedError(max(1, math.ceil(lacking / self._per_s)))
        if client.in_flight >= self._in_flight * (2 if urgent else 1):
            raise OverloadedError(1)
        client.tokens -= 1
