"""What a running service leaves of what it does: rows for its journal, its own start and end among them."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from math import inf
from typing import Any

from auditing.journal import Journal
from auditing.row import Row
from auditing.sender import Sender
from auditing.service import Service
from auditing.settings import KeptInFiles
from auditing.tally import FLOOD, HOURLY, ONCE, Tally, Window
from auditing.unsent import Unsent
from auditing.writer import Writer


class Trail:
    """Takes what is done, from any thread, in a moment; without a journal, nothing is kept of it."""

    def __init__(self, journal: Journal | None = None) -> None:
        """Of a service; start has it written."""
        self.journal = journal
        self._tallies = {each: Tally(each) for each in (FLOOD, HOURLY, ONCE)}
        self._lock = threading.Lock()
        self._writer = Writer(journal.append, self._over) if journal else None
        self.unsent: Unsent | None = None
        """What the repository does not have; None without one."""

    def record(
        self,
        who: str,
        action: str,
        about: str | None = None,
        window: Window | None = None,
        request: str | None = None,
        **detail: Any,
    ) -> None:
        """Add a row.

        Args:
            who: did it; empty where nobody is known.
            action: what was done.
            about: our own name of what it was done to.
            window: how often rows that say the same are written; each of them unless given.
            request: the id of the request, by which it is found in logs; it may be another for rows that say the same.
            detail: what else there is to know, as JSON; never anything of a patient.
        """
        if self._writer is None:
            return
        said = {name: value for name, value in detail.items() if value is not None}
        key = (who, action, about, *sorted((name, str(value)) for name, value in said.items()))
        row = Row(datetime.now(UTC), who or None, action, about, said | ({"request": request} if request else {}))
        with self._lock:
            rows = self._tallies[window].take(key, row) if window else [row]
        if rows:
            self._writer.record(rows)

    def digest(self, name: str) -> str | None:
        """What stands for a name, the same each time; None where there is no audit."""
        return self.journal.digest(name) if self.journal else None

    @property
    def well(self) -> bool | None:
        """Whether the disk takes what is recorded; None where there is no audit."""
        return self._writer.held == 0 if self._writer else None

    @property
    def held(self) -> int:
        """Rows that wait in memory for the disk."""
        return self._writer.held if self._writer else 0

    @property
    def lost(self) -> int:
        """Rows that were never written."""
        return self._writer.lost if self._writer else 0

    @contextmanager
    def running(self, service: Service) -> Iterator[None]:
        """Write meanwhile; at the end, what is left is written first."""
        if self._writer is None:
            yield
            return
        self._writer.start()
        self.record(service.application, f"{service.name}.start")
        try:
            yield
        finally:
            with self._lock:
                rows = [row for each in self._tallies.values() for row in each.over(inf)]
            self._writer.record(rows)
            self.record(service.application, f"{service.name}.stop")
            self._writer.close()

    def _over(self) -> list[Row]:
        with self._lock:
            return [row for each in self._tallies.values() for row in each.over()]


def open_journal(settings: KeptInFiles, service: Service) -> Journal | None:
    """The journal that the settings name.

    Raises:
        KeyLostError: its key is lost, or damaged.
        OSError: a file can be neither read nor written.
    """
    if settings.audit_folder is None:
        return None
    return Journal.open(settings.audit_folder, settings.audit_key, f"{service.prefix}AUDIT_KEY")


@contextmanager
def keeping(settings: KeptInFiles, service: Service, journal: Journal | None) -> Iterator[Trail]:
    """The trail of a service while it runs; it is sent to the repository meanwhile, if the settings name one."""
    trail = Trail(journal)
    with ExitStack() as stack:
        if journal and settings.syslog_host:
            trail.unsent = Unsent(journal, service.syslog)
            sender = Sender(settings, trail.unsent)
            sender.start()
            stack.callback(sender.stop)
        stack.enter_context(trail.running(service))
        yield trail
