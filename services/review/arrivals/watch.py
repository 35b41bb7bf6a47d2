"""Whether the gateway answers, asked now and then and not by every page."""

import threading

from client.gateway import Gateway

EVERY_S = 3.0
"""Within which a page learns that the gateway is away or back."""


class Watch:
    """A thread that asks."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
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
            self._stop.wait(EVERY_S)
