"""The composition root: everything that runs, and the order in which it starts and stops."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from auditing.trail import Trail, keeping, open_journal
from client.errors import GatewayError
from client.gateway import Gateway
from erasure.errands import Errands
from erasure.names import Keyed
from scp.amendments import Amendments
from scp.carrier import Carrier
from scp.forwarder import Forwarder
from scp.holdings.files import Files
from scp.holdings.holdings import Holdings
from scp.holdings.index import Index
from scp.intake import Intake
from scp.kept import KeptFilms
from scp.ledger import Ledger
from scp.listener import Listener
from scp.merged import Merges
from scp.metrics import Metrics
from scp.outbox import Outbox
from scp.postroom import Postroom
from scp.settings import Settings
from scp.spool import Spool
from scp.stores import stores
from scp.trail import SERVICE
from scp.waits import USUAL, Waits
from scp.writers import Write, Writers, write

log = structlog.get_logger()


@dataclass(frozen=True)
class Service:
    """The listener at work."""

    settings: Settings
    spool: Spool
    ledger: Ledger
    outbox: Outbox
    intake: Intake
    amendments: Amendments
    holdings: Holdings
    gateway: Gateway
    carriers: list[Carrier]
    metrics: Metrics
    trail: Trail
    stop: threading.Event
    """Set when it shall end."""
    dicom_port: int
    """Where it listens."""

    def status(self) -> dict[str, Any]:
        """What waits, how films ended, and how each route does."""
        waiting = self.spool.waiting()
        return {
            "waiting": len(waiting),
            "urgent": sum(each.urgent for each in waiting),
            "dead": len(self.spool.dead()),
            "films": self.ledger.counts(),
            "routes": {carrier.route.name: self._route(carrier) for carrier in self.carriers},
        }

    def _route(self, carrier: Carrier) -> dict[str, Any]:
        name = carrier.route.name
        waiting = {"queued": len(self.outbox.due(name)), "undelivered": len(self.outbox.undelivered(name))}
        return waiting | {"oldest": self.outbox.oldest(name)} | vars(carrier.state)

    def render_metrics(self) -> bytes:
        """For Prometheus."""
        self.metrics.waiting.set(self.spool.count_waiting())
        self.metrics.dead.set(len(self.spool.dead()))
        self.metrics.trail.observe(self.trail)
        return self.metrics.render()


@contextlib.contextmanager
def running(settings: Settings, waits: Waits = USUAL) -> Iterator[Service]:
    """Start everything; at the end, stop taking films first, then finish what is at work."""
    spool, ledger, outbox, routes = stores(settings)
    Keyed.kept(settings.folder)  # the key is in each backup, so that who was forgotten later can be again
    kept = KeptFilms(settings.folder, settings.keep_films)
    metrics, stop = Metrics(), threading.Event()
    with contextlib.ExitStack() as stack:
        stack.callback(ledger.close)
        trail = stack.enter_context(keeping(settings, SERVICE, open_journal(settings, SERVICE)))
        about = str(settings.gateway), settings.gateway_timeout_s, settings.token_file
        gateway = stack.enter_context(Gateway(*about, source="modality"))
        system = settings.fhir_patient_system
        writing: Write = partial(write, patient_system=system)
        if settings.writers:
            writing = stack.enter_context(Writers(settings.writers, system)).write
        postroom = Postroom(outbox, ledger, routes, writing, system, Merges(settings.folder).survivor)
        forwarder = Forwarder(spool, kept, gateway, postroom, settings, metrics, waits)
        intake = Intake(spool, ledger, routes.urgent, metrics, forwarder.wake)
        carriers = [Carrier(route, settings.aet, outbox, ledger, metrics, waits, trail) for route in routes.routes]
        amendments = Amendments(spool, outbox, ledger, routes, metrics, system)
        files = Files(settings.folder, spool, kept)
        holdings = Holdings(Index(settings.folder, files), files, ledger)
        log.info("recovered", waiting=intake.recover())
        threads = {
            "forwarder": partial(forwarder.run, stop),
            "errands": partial(Errands(settings.folder).until, stop, gateway.forget, GatewayError),
            "pruner": partial(_prune, spool, outbox, holdings.index, settings.keep_s, waits.prune_every_s, stop),
            **{f"route {carrier.route.name}": partial(carrier.run, stop) for carrier in carriers},
        }
        stack.enter_context(_threads(threads))
        stack.callback(forwarder.wake.set)
        stack.callback(stop.set)
        port = stack.enter_context(Listener(settings, spool, intake, metrics, trail).listening())
        log.info("listening", aet=settings.aet, port=port)
        parts = settings, spool, ledger, outbox, intake, amendments, holdings, gateway, carriers, metrics, trail
        yield Service(*parts, stop, port)


@contextlib.contextmanager
def _threads(targets: Mapping[str, Callable[[], None]]) -> Iterator[None]:
    """Threads by name, which are waited for at the end."""
    threads = [threading.Thread(target=target, name=name) for name, target in targets.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def _prune(spool: Spool, outbox: Outbox, index: Index, keep_s: float, every_s: float, stop: threading.Event) -> None:
    """Remove old results and interrupted films, now and then, until stop is set."""
    with contextlib.suppress(sqlite3.Error, OSError):
        index.refresh(stop)  # now, so that the first search does not have to wait for it
    while not stop.wait(every_s):
        with contextlib.suppress(OSError):  # the disk, or a key that is being changed: the next time
            spool.clear_incoming(every_s)
            spool.sweep()
        if gone := outbox.prune(keep_s):
            log.info("pruned", films=gone)
            with contextlib.suppress(sqlite3.Error, OSError):  # the next search tries again
                index.refresh(stop)  # nothing of a patient stays in it
