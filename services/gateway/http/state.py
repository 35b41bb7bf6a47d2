"""What the routes work with: made once when the gateway starts, and the same until it ends."""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import HTTPConnection

from auditing.trail import Trail
from gateway.admission import Admission
from gateway.assessor import Assessor
from gateway.feed import Feed
from gateway.fleet.fleet import Fleet
from gateway.forgetter import Forgetter
from gateway.http.buffers import Buffers
from gateway.http.listener import Listener
from gateway.measurer import Measurer
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.store import Store
from gateway.top.history import History

KEY = "gateway"


@dataclass(frozen=True)
class Gateway:
    """The parts of a running gateway."""

    settings: Settings
    metrics: Metrics
    fleet: Fleet
    store: Store
    feed: Feed
    listener: Listener | None
    assessor: Assessor
    measurer: Measurer
    forgetter: Forgetter
    admission: Admission
    buffers: Buffers
    trail: Trail
    history: History
    stopping: asyncio.Event
    """Set when the gateway is told to end, before it waits for its requests."""

    @classmethod
    def of(cls, request: HTTPConnection) -> "Gateway":
        """The one that a request came to."""
        return cls.of_scope(request.scope)

    @staticmethod
    def of_scope(scope: MutableMapping[str, Any]) -> "Gateway":
        """The same, for what comes before a route."""
        return cast(Gateway, scope["state"][KEY])
