"""A round tells how far it is: on the screen, and in a file for the reading room's page (certificates.progress)."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from certificates.certificate import Decision
from certificates.progress import LOCK, Progress, write
from learning.errors import LearningError

WRITTEN_EVERY_S = 0.5
"""Films come faster than anybody reads."""


class Teller:
    """What a round tells, as it goes."""

    def __init__(self, path: Path | None = None) -> None:
        """path: of the file; without one it tells on the screen alone. Raises OSError where it cannot be written."""
        self._path = path
        self._written = 0.0
        self._now = Progress(state="running", step="Starting", started=datetime.now(UTC))
        self._write()

    def step(self, name: str, of: int | None = None) -> None:
        """A step begins; of: how many films it has."""
        self._change(step=name, films=None if of is None else 0, of=of)

    def films(self, done: int, of: int) -> None:
        """So many films of the step are done."""
        self._now = self._now.model_copy(update={"films": done, "of": of})
        if done == of or time.monotonic() - self._written >= WRITTEN_EVERY_S:
            self._write()

    def say(self, *lines: str) -> None:
        """Lines for a person."""
        print("\n".join(lines), flush=True)
        self._change(told=[*self._now.told, *lines])

    def lesson(self, number: int, decision: Decision | None = None) -> None:
        """A lesson was made; or judged, with a decision."""
        self._change(lesson=number, decision=decision)

    def end(self, code: int, reason: str = "", stopped: bool = False) -> None:
        """The round ends with an exit code, and a reason where it could not be done."""
        state = "stopped" if stopped else "failed" if reason else "done"
        self._change(state=state, code=code, reason=reason, films=None, of=None, ended=datetime.now(UTC))

    def _change(self, **changes: Any) -> None:
        self._now = self._now.model_copy(update=changes)
        self._write()

    def _write(self) -> None:
        if self._path:
            write(self._now, self._path)
            self._written = time.monotonic()


@contextmanager
def telling(path: Path | None) -> Iterator[Teller]:
    """A teller that also tells how the block ends, where it ends badly. SIGTERM ends it as Ctrl-C does.

    Raises:
        LearningError: the file cannot be written, or the block was stopped; and what the block raises.
    """
    try:
        teller = Teller(path)
    except OSError as error:
        raise LearningError(f"{path} cannot be written: {error.strerror}") from error
    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield teller
    except KeyboardInterrupt as error:
        teller.end(1, stopped=True)
        raise LearningError("the round was stopped; it left no films behind") from error
    except LearningError as error:
        teller.end(1, str(error))
        raise
    except BaseException as error:
        teller.end(1, f"an error of ours ({type(error).__name__}): the log says more")
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def alone(lessons: Path, lock: int | None) -> Iterator[None]:
    """No other round goes on in a folder of lessons meanwhile.

    Args:
        lock: the file that says so, open already and locked by whoever started us; None: we open and lock it.

    Raises:
        LearningError: another one does.
    """
    try:
        handle = os.open(lessons / LOCK, os.O_RDWR | os.O_CREAT, 0o644) if lock is None else lock
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a second time, where it is locked already, changes nothing
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as error:
        raise LearningError(f"another round goes on in {lessons}: wait for its end") from error
    except OSError as error:
        raise LearningError(f"{lessons / LOCK} cannot be locked: {error.strerror}") from error
    try:
        yield
    finally:
        os.close(handle)


def _stop(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what is being cleared away shall be
    raise KeyboardInterrupt
