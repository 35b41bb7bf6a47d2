"""What becomes of the processes meanwhile: which started again, and how much memory each had at most."""

import threading
from typing import Self

import psutil

from local.stack import Stack
from tests.trials.fuzz.cli import resident

EVERY_S = 0.3
WATCHED = ("gateway", "scp")


class Watch:
    """In a thread of its own until the end."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._pids = {name: stack.pid(name) for name in stack.names}
        self._watched = {name: psutil.Process(self._pids[name]) for name in WATCHED}
        self.before = {name: resident(process) for name, process in self._watched.items()}
        """Bytes of each at the beginning, with those that it started."""
        self.most = dict(self.before)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def restarts(self) -> list[str]:
        """Names of those that are not the processes that they were."""
        return [name for name, pid in self._pids.items() if self._stack.pid(name) != pid]

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            for name, process in self._watched.items():
                if process.is_running():
                    self.most[name] = max(self.most[name], resident(process))
