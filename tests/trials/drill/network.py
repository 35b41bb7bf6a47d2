"""The network between the gateway and a stage, by way of a proxy of ours."""

import threading

from tests.trials.drill.fault import Fault
from tests.trials.drill.site import Site

SLOW_S = 0.3
"""Later than it came, each piece of either direction: a wide-area network that is also full."""
HOLD_S = 4.0
LONG_S = 15.0
"""Longer than the gateway's deadline."""
BETWEEN_S = 0.7


class NetworkSlow(Fault):
    """Films take as much longer, or get 429 or 503. Afterwards they are as fast as before."""

    name = "network slow"
    hold_s = HOLD_S

    def inject(self, site: Site) -> None:
        """Both ways between gateway and segmenter."""
        site.proxy("segmenter").delay_s = SLOW_S

    def mend(self, site: Site) -> None:
        """As before."""
        site.proxy("segmenter").delay_s = 0.0


class NetworkCut(Fault):
    """Connections are reset and refused: at most the films in flight are lost. New films get 429 or 503."""

    name = "network cut"
    hold_s = HOLD_S

    def inject(self, site: Site) -> None:
        """Between gateway and segmenter."""
        site.proxy("segmenter").cut()

    def mend(self, site: Site) -> None:
        """Plug it in again."""
        site.proxy("segmenter").join()


class NetworkFlaps(Fault):
    """Connections keep breaking, but can be made again at once: films in flight are asked again."""

    name = "network flaps"
    hold_s = HOLD_S

    def inject(self, site: Site) -> None:
        """Between gateway and segmenter."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._flap, args=(site,))
        self._thread.start()

    def mend(self, site: Site) -> None:
        """Let them be."""
        self._over.set()
        self._thread.join()

    def _flap(self, site: Site) -> None:
        while not self._over.wait(BETWEEN_S):
            site.proxy("segmenter").hang_up()


class BlackHole(Fault):
    """Half-open connections: no answer and no error. Films get 429 or 503 after a short wait."""

    name = "black hole"
    hold_s = HOLD_S

    def inject(self, site: Site) -> None:
        """Between gateway and segmenter."""
        site.proxy("segmenter").silent(True)

    def mend(self, site: Site) -> None:
        """What was kept back arrives, late."""
        site.proxy("segmenter").silent(False)


class LongBlackHole(BlackHole):
    """The same for longer than a film's deadline: waiting films get an error in time, new ones get 429 or 503."""

    name = "black hole, long"
    hold_s = LONG_S


class ReplicaBlackHole(Fault):
    """One of two replicas gives no answer and no error: the other one answers its films, and nothing is lost."""

    name = "replica in a black hole"
    hold_s = HOLD_S

    def inject(self, site: Site) -> None:
        """Between gateway and the classifier's second replica."""
        site.replica("classifier-2")
        site.proxy("classifier-2").silent(True)

    def mend(self, site: Site) -> None:
        """What was kept back arrives, late."""
        site.proxy("classifier-2").silent(False)
