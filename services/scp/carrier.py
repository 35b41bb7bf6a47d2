"""Delivers the outbox, one thread a route: again and again, across restarts, until the peer has it."""

import threading
import time
from dataclasses import dataclass

import structlog

from auditing.trail import Trail
from erasure.sealed.errors import DamagedError
from scp.errors import PeerAwayError, PeerRefusedError
from scp.ledger import Ledger
from scp.metrics import Metrics
from scp.outbox import Outbox, Parcel
from scp.peers.opened import session
from scp.peers.session import Session
from scp.routes import Route
from scp.trail import SERVICE
from scp.waits import Waits

log = structlog.get_logger()

MAX_OBJECTS_AN_ASSOCIATION = 50
"""Objects for one association; then the queue is looked at again."""


@dataclass
class RouteState:
    """How a route does, for people."""

    delivered: int = 0
    failures: int = 0
    """In a row."""
    error: str = ""
    """Why the last try failed; empty when it did not."""
    next_try: float = 0.0
    """Seconds since the epoch."""


class Carrier:
    """Delivers one route's parcels, in the order of their making."""

    def __init__(
        self, route: Route, aet: str, outbox: Outbox, ledger: Ledger, metrics: Metrics, waits: Waits, trail: Trail
    ) -> None:
        self.route = route
        self.state = RouteState()
        self._aet = aet
        self._outbox = outbox
        self._ledger = ledger
        self._metrics = metrics
        self._waits = waits
        self._trail = trail
        self._sent: dict[str, list[str]] = {}
        """Film to what the peer has taken of it, in this session."""

    def run(self, stop: threading.Event) -> None:
        """Until stop is set; the object on its way is finished first."""
        while not stop.wait(self._waits.look_s):
            due = self._outbox.due(self.route.name)
            self._metrics.queued.labels(self.route.name).set(len(due))
            if due and time.time() >= self.state.next_try:
                self._try(due[:MAX_OBJECTS_AN_ASSOCIATION], stop)

    def _try(self, due: list[Parcel], stop: threading.Event) -> None:
        try:
            with session(self.route, self._aet) as peer:
                for parcel in due:
                    if not stop.is_set():
                        self._deliver(parcel, peer)
        except PeerAwayError as error:
            self._failed(str(error))
        except Exception as error:  # a library met what it did not expect: the route goes on, later
            log.exception("delivery failed", route=self.route.name, error=type(error).__name__)
            self._failed(type(error).__name__)
        finally:
            self._tell()

    def _deliver(self, parcel: Parcel, peer: Session) -> None:
        try:
            data = self._outbox.open(parcel)
        except DamagedError:
            self._put_aside(parcel, "the object's file is damaged")
            return
        if data is None:
            self._put_aside(parcel, "the object is kept no longer")
            return
        try:
            peer.send(data)
        except PeerRefusedError as error:
            self._put_aside(parcel, str(error))
            return
        self._ledger.append(parcel.film, "delivered", route=parcel.route, object=parcel.kind)
        self._sent.setdefault(parcel.film, []).append(parcel.kind)
        self._outbox.delivered(parcel)
        self._metrics.sent.labels(parcel.route, "delivered").inc()
        self.state.delivered += 1
        self.state.failures, self.state.error = 0, ""

    def _tell(self) -> None:
        """A row for each film whose results have left the house."""
        sent, self._sent = self._sent, {}
        for film, kinds in sent.items():
            self._trail.record(SERVICE.application, "results.send", film, route=self.route.name, objects=kinds)

    def _put_aside(self, parcel: Parcel, reason: str) -> None:
        log.warning("undelivered", route=parcel.route, film=parcel.film, object=parcel.kind, reason=reason)
        self._ledger.append(parcel.film, "undelivered", route=parcel.route, object=parcel.kind, reason=reason)
        about = SERVICE.application, "results.refuse", parcel.film
        self._trail.record(*about, route=parcel.route, objects=[parcel.kind])
        self._outbox.refused(parcel)
        self._metrics.sent.labels(parcel.route, "undelivered").inc()
        self.state.error = reason

    def _failed(self, reason: str) -> None:
        pause = self._waits.peers.pause_s(self.state.failures)
        self.state.failures += 1
        self.state.error, self.state.next_try = reason, time.time() + pause
        self._metrics.sent.labels(self.route.name, "again").inc()
        log.warning("peer away", route=self.route.name, reason=reason, pause_s=pause)
