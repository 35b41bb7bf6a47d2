"""Films come and are concluded only while nobody is being forgotten, also by another process.

Without it a film's file could be removed between being kept and being written down in the ledger, and its row would
stay; or between its answer and its results, and these would.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scp import folders


class Standstill:
    """Two locks of the operating system, which ends them with their process. Many may be at work; who forgets, alone.

    Who comes passes the door first. Who forgets holds it meanwhile, so that an endless stream of films cannot keep him
    waiting.
    """

    def __init__(self, folder: Path) -> None:
        """Of a listener's folder, which is on a disk of this machine: it has one listener."""
        place = folders.make(folder / "locks")
        self._door, self._room = place / "door", place / "room"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Nobody is forgotten meanwhile; it must not be entered twice by one thread."""
        with _locked(self._door, fcntl.LOCK_EX):
            room = _lock(self._room, fcntl.LOCK_SH)
        try:
            yield
        finally:
            os.close(room)

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """Nobody is at work meanwhile."""
        with _locked(self._door, fcntl.LOCK_EX), _locked(self._room, fcntl.LOCK_EX):
            yield


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = _lock(path, how)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, how: int) -> int:
    """A descriptor of its own, since such a lock belongs to it and not to the process."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
