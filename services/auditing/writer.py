"""Writes rows beside whoever has something to record: a film does not wait for a disk.

A patient may wait for a film, so what the disk does not take stops no film: rows are held in memory meanwhile, and
when there are too many of them, the newest are lost. Both are told: by metrics, by the log, and by readiness.
"""

import errno
import threading
import time
from collections.abc import Callable, Sequence

import structlog

from auditing.row import Row

log = structlog.get_logger()

MOST = 20_000
"""Rows in memory; about 20 MB. Source: three quarters of an hour without a disk, at 8 films a second."""

AT_ONCE = 500
"""Rows that are forced to the disk together."""

LOOK_S, AGAIN_S, TELL_EVERY_S = 1.0, 2.0, 60.0
"""How often it is looked for what is due; after how long it is tried again; how often the log says that it goes on."""

LAST_S = 10.0
"""At the end, for what is left."""


class Writer:
    """A thread; safe to share between threads."""

    def __init__(self, append: Callable[[Sequence[Row]], None], due: Callable[[], list[Row]]) -> None:
        """That does not run yet.

        Args:
            append: writes rows, all or none; raises OSError.
            due: gives rows of which it is time, such as counts.
        """
        self._append = append
        self._due = due
        self._rows: list[Row] = []
        self._changed = threading.Condition()
        self._stop = False
        self._refused = False
        self._told = -TELL_EVERY_S
        self.lost = 0
        """Rows that were never written."""
        self._thread = threading.Thread(target=self._run, name="audit writer", daemon=True)

    @property
    def held(self) -> int:
        """Rows in memory that the disk has refused; 0 while it takes them."""
        return len(self._rows) if self._refused else 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Write what is left, and end."""
        with self._changed:
            self._stop = True
            self._changed.notify()
        self._thread.join(LAST_S)
        if self._rows:
            log.error("audit not written", rows=len(self._rows))

    def record(self, rows: Sequence[Row]) -> None:
        """Have rows written soon."""
        with self._changed:
            room = max(0, MOST - len(self._rows))
            self._rows += rows[:room]
            lost = len(rows) - min(room, len(rows))
            self.lost += lost
            self._changed.notify()
        if lost:
            self._tell("audit lost: the disk takes no rows", lost=self.lost)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._rows and not self._stop:
                    self._changed.wait(LOOK_S)
                ending = self._stop
            self.record(self._due())
            if not self._write() and not ending:
                with self._changed:
                    self._changed.wait_for(lambda: self._stop, AGAIN_S)
            elif ending:
                return

    def _write(self) -> bool:
        """Write what there is; whether the disk took it."""
        while self._rows:
            batch = self._rows[:AT_ONCE]
            try:
                self._append(batch)
            except Exception as error:  # the disk; or a bug of ours, by which this thread must not end
                self._refused = True
                number = error.errno if isinstance(error, OSError) else None
                reason = errno.errorcode.get(number or 0, type(error).__name__)
                self._tell("audit held in memory", rows=len(self._rows), reason=reason)
                return False
            with self._changed:
                del self._rows[: len(batch)]
        if self._refused:
            log.warning("audit written again", lost=self.lost)
        self._refused = False
        return True

    def _tell(self, event: str, **said: object) -> None:
        now = time.monotonic()
        if now - self._told >= TELL_EVERY_S:
            log.error(event, **said)
            self._told = now
