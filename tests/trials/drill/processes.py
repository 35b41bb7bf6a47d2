"""Processes that are killed, paused or slowed."""

import signal
import threading

import psutil

from tests.trials.drill.fault import Fault
from tests.trials.drill.site import Site

PAUSED_S = 4.0
SLOWED_S = 6.0
RUN_S, STAND_S = 0.02, 0.08
"""In turn: a fifth of the processor time, as beside four others that want it too."""


def send(processes: list[psutil.Process], number: signal.Signals) -> None:
    """A signal to each that is still there."""
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            pass


class Killed(Fault):
    """Base of what is killed and restarted by its supervisor."""

    def victims(self, site: Site) -> list[psutil.Process]:
        """Who is hit."""
        raise NotImplementedError

    def inject(self, site: Site) -> None:
        """SIGKILL: nobody can prepare for it."""
        send(self.victims(site), signal.SIGKILL)


class Paused(Fault):
    """Base of what is paused for a while, like a machine that swaps or whose disk hangs."""

    hold_s = PAUSED_S

    def victims(self, site: Site) -> list[psutil.Process]:
        """Who is hit."""
        raise NotImplementedError

    def inject(self, site: Site) -> None:
        """SIGSTOP: its connections stand, and nobody answers on them."""
        self._stopped = self.victims(site)
        send(self._stopped, signal.SIGSTOP)

    def mend(self, site: Site) -> None:
        """SIGCONT."""
        send(self._stopped, signal.SIGCONT)


class WorkerKilled(Killed):
    """At most its film is lost. TorchServe starts another worker; meanwhile films wait or get 429 or 503."""

    name = "worker killed"

    def victims(self, site: Site) -> list[psutil.Process]:
        """The Python process that runs the discriminator."""
        return site.workers("discriminator")


class WorkerPaused(Paused):
    """Films wait for the worker within their deadline, or get 429 or 503. None hangs after it continues."""

    name = "worker paused"

    def victims(self, site: Site) -> list[psutil.Process]:
        """The Python process that runs the discriminator."""
        return site.workers("discriminator")


class WorkerSlowed(Fault):
    """Films take longer, or get 429 or 503. They do not pile up, and the load is handled again afterwards."""

    name = "worker slowed"
    hold_s = SLOWED_S

    def inject(self, site: Site) -> None:
        """Let it run a fifth of the time."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._slow, args=(site.workers("discriminator"),))
        self._thread.start()

    def mend(self, site: Site) -> None:
        """Let it run."""
        self._over.set()
        self._thread.join()

    def _slow(self, workers: list[psutil.Process]) -> None:
        while not self._over.wait(RUN_S):
            send(workers, signal.SIGSTOP)
            self._over.wait(STAND_S)
            send(workers, signal.SIGCONT)


class TorchServeKilled(Killed):
    """At most the films in flight are lost. The others get 429 or 503 until supervisor has restarted it."""

    name = "TorchServe killed"

    def victims(self, site: Site) -> list[psutil.Process]:
        """The discriminator's front end, which is Java; its launcher ends the worker and then itself."""
        return [each for each in site.processes("discriminator") if each.name() == "java"]


class TorchServePaused(Paused):
    """Like a machine that hangs: films wait within their deadline, or get 429 or 503. None hangs afterwards."""

    name = "TorchServe paused"

    def victims(self, site: Site) -> list[psutil.Process]:
        """Everything of the discriminator."""
        return site.processes("discriminator")


class ReplicaKilled(Killed):
    """One of two TorchServes of a stage: the other one answers its films, and nothing is lost."""

    name = "replica killed"

    def victims(self, site: Site) -> list[psutil.Process]:
        """Launcher, front end and worker of the classifier's first replica."""
        return site.replica("classifier")


class ReplicaWorkerKilled(Killed):
    """The worker of one of two replicas: the other one answers its films, and nothing is lost."""

    name = "replica's worker killed"

    def victims(self, site: Site) -> list[psutil.Process]:
        """The worker of the classifier's first replica."""
        site.replica("classifier")
        return site.workers("classifier")


class ReplicaPaused(Paused):
    """One of two replicas: the other one answers its films within seconds, and nothing is lost."""

    name = "replica paused"

    def victims(self, site: Site) -> list[psutil.Process]:
        """Everything of the classifier's first replica."""
        return site.replica("classifier")


class GatewayKilled(Killed):
    """Films in flight are lost, asynchronous ones too. Nobody answers until it is back."""

    name = "gateway killed"
    forgets = True

    def victims(self, site: Site) -> list[psutil.Process]:
        """The gateway alone: what it started has to notice by itself."""
        return [psutil.Process(site.front.pid("gateway"))]


class GatewayPaused(Paused):
    """Films wait, and are answered when it continues."""

    name = "gateway paused"

    def victims(self, site: Site) -> list[psutil.Process]:
        """The gateway alone."""
        return [psutil.Process(site.front.pid("gateway"))]
