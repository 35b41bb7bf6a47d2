"""Rows of an audit in files that the hospital's repository does not have yet."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from auditing import days
from auditing.journal import Journal
from auditing.row import Sealed

DIGITS = 20


class Unsent:
    """What auditing.sender sends. How far that was is in a file beside the rows, which one process has at a time."""

    def __init__(self, journal: Journal, syslog: Callable[[Sealed], bytes]) -> None:
        """Of a journal.

        Args:
            journal: its rows.
            syslog: makes a message of a row.
        """
        self._journal = journal
        self._syslog = syslog
        self._at: tuple[int, Path, int] | None = None
        """A row's number, and where it ends: there it goes on."""

    def __len__(self) -> int:
        """How many there are. Raises OSError."""
        head = self._journal.head()
        return max(0, head.number - self._sent()) if head else 0

    @contextmanager
    def claim(self, most: int) -> Iterator[list[bytes]]:
        """The next ones, as syslog messages; none while another process has them.

        Where the block ends well they count as sent.

        Raises:
            OSError: the audit cannot be read.
        """
        handle = os.open(self._journal.sent_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield []
                return
            rows, at = self._after(self._sent(), most)
            yield [self._syslog(row) for row in rows]
            if rows:
                os.pwrite(handle, f"{rows[-1].number:0{DIGITS}d}\n".encode(), 0)
                self._at = at
        finally:
            os.close(handle)

    def _sent(self) -> int:
        """Number of the last one that was sent; what is no number is 0, and all are sent again."""
        try:
            text = self._journal.sent_path.read_text(encoding="ascii", errors="replace").strip()
        except FileNotFoundError:
            return 0
        return int(text) if text.isdecimal() else 0

    def _after(self, number: int, most: int) -> tuple[list[Sealed], tuple[int, Path, int] | None]:
        """Rows after one, so many at most, and where the last of them ends. A line that is no row is passed over."""
        found = days.files(self._journal.folder)
        known = self._at if self._at and self._at[0] == number and self._at[1] in found else None
        index = found.index(known[1]) if known else days.starting(found, number + 1)
        rows: list[Sealed] = []
        at = known
        for path in found[index:]:
            for text, end in days.lines(path, known[2] if known and path == known[1] else 0):
                row = _row(text)
                if row is None or row.number <= number:
                    continue
                rows.append(row)
                at = row.number, path, end
                if len(rows) == most:
                    return rows, at
        return rows, at


def _row(text: bytes) -> Sealed | None:
    try:
        return days.parsed(text)
    except ValueError:
        return None
