"""The composition root: everything that runs, and the order in which it starts and stops."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from client.gateway import Gateway
from scp.amendments import Amendments
from scp.carrier import Carrier
from scp.forwarder import Forwarder
from scp.intake import Intake
from scp.ledger import Ledger
from scp.listener import Listener
from scp.metrics import Metrics
from scp.outbox import Outbox
from scp.postroom import Postroom
from scp.settings import Settings
from scp.spool import Spool
from scp.stores import stores
from scp.waits import USUAL, Waits
from scp.writers import Write, Writers, write

log = structlog.get_logger()


@dataclass
class Service:
    """The listener at work."""

    settings: Settings
    spool: Spool
    ledger: Ledger
    outbox: Outbox
    intake: Intake
    amendments: Amendments
    gateway: Gateway
    carriers: list[Carrier]
    metrics: Metrics
    waits: Waits
    stop: threading.Event = field(default_factory=threading.Event)
    dicom_port: int = 0

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
        return self.metrics.render()

    def prune(self) -> None:
        """Remove old results and interrupted films, now and then, until stop is set."""
        while not self.stop.wait(self.waits.prune_every_s):
            self.spool.clear_incoming(self.waits.prune_every_s)
            if gone := self.outbox.prune(self.settings.keep_s):
                log.info("pruned", films=gone)


@contextlib.contextmanager
def running(settings: Settings, waits: Waits = USUAL) -> Iterator[Service]:
    """Start everything; at the end, stop taking films first, then finish what is at work."""
    spool, ledger, outbox, routes = stores(settings)
    metrics = Metrics()
    with contextlib.ExitStack() as stack:
        stack.callback(ledger.close)
        gateway = stack.enter_context(Gateway(str(settings.gateway), settings.gateway_timeout_s))
        writing: Write = stack.enter_context(Writers(settings.writers)).write if settings.writers else write
        postroom = Postroom(outbox, ledger, routes, writing)
        forwarder = Forwarder(spool, gateway, postroom, settings, metrics, waits)
        intake = Intake(spool, ledger, routes.urgent, metrics, forwarder.wake)
        carriers = [Carrier(route, settings.aet, outbox, ledger, metrics, waits) for route in routes.routes]
        amendments = Amendments(spool, outbox, ledger, routes, metrics)
        service = Service(settings, spool, ledger, outbox, intake, amendments, gateway, carriers, metrics, waits)
        log.info("recovered", waiting=intake.recover())
        threads: dict[str, Callable[[], None]] = {
            "forwarder": partial(forwarder.run, service.stop),
            "pruner": service.prune,
            **{f"route {carrier.route.name}": partial(carrier.run, service.stop) for carrier in carriers},
        }
        for name, target in threads.items():
            thread = threading.Thread(target=target, name=name)
            thread.start()
            stack.callback(thread.join)
        stack.callback(forwarder.wake.set)
        stack.callback(service.stop.set)
        service.dicom_port = stack.enter_context(Listener(settings, spool, intake, metrics).listening())
        log.info("listening", aet=settings.aet, port=service.dicom_port)
        yield service
