"""Whether the gateway answers, asked now and then and not by every page; what it is to forget, it is then asked for."""

import threading

import structlog

from client.errors import GatewayError
from client.gateway import Gateway
from erasure.errands import Errands

log = structlog.get_logger()

EVERY_S = 3.0
"""Within which a page learns that the gateway is away or back."""


class Watch:
    """A thread that asks."""

    def __init__(self, gateway: Gateway, errands: Errands) -> None:
        self._gateway = gateway
        self._errands = errands
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self.ready = True
        """The last answer."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, soon."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.ready = self._gateway.ready()
            if self.ready:
                self._run_errands()
            self._stop.wait(EVERY_S)

    def _run_errands(self) -> None:
        try:
            self._errands.run(self._gateway.forget, GatewayError)
        except OSError as error:  # the disk: the next time
            log.error("not asked to forget", error=type(error).__name__)
