"""An audit in files, for services that have no database for it: a chain that goes on from day to day.

Any number of processes may write one: each holds the folder's lock while it adds rows, and goes on from whatever is
the last row then.
"""

import fcntl
import hmac
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import structlog

from auditing import days
from auditing.chain import Chain
from auditing.keys import audit_key
from auditing.mark import Mark, Place
from auditing.row import Row, Sealed

log = structlog.get_logger()

KEY, MARK, SENT = ".key", ".mark", ".sent"
"""End the folder's name: what belongs to an audit and lies beside its rows. How far it was written, and sent."""


class Journal:
    """Safe to share between threads."""

    def __init__(self, folder: Path, chain: Chain) -> None:
        """Of a folder that is there."""
        self.folder = folder
        self.chain = chain
        self._lock = threading.Lock()
        self._known: tuple[Path, int, Place] | None = None
        """The newest file, its size, and its last row."""
        self._checked: Place | None = None
        """A mark that is in the chain."""
        self._forked = False

    @classmethod
    def open(cls, folder: Path, key: Path | None, setting: str) -> Self:
        """That of a folder, which is made where it is missing.

        Args:
            folder: of the rows.
            key: where the key is; None: beside the folder, made where there is none.
            setting: the variable that can name one.

        Raises:
            KeyLostError: the key is lost, or damaged.
            OSError: a file can be neither read nor written.
        """
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        begun = bool(days.files(folder))
        found = audit_key(key or _beside(folder, KEY), setting, key is None, begun)
        return cls(folder, Chain(found, Mark(_beside(folder, MARK))))

    @property
    def sent_path(self) -> Path:
        """The file that says how far it was sent."""
        return _beside(self.folder, SENT)

    def digest(self, name: str) -> str:
        """What stands for a name that is not to be in the audit: nobody without the key can tell for which."""
        return hmac.new(self.chain.key, f"name {name}".encode(), "sha256").hexdigest()[:32]

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows, and force them to the disk.

        Raises:
            OSError: none of them was written.
        """
        with self._lock, self._locked():
            path, head = self._end()
            goes_on = self._goes_on(head)
            place, written = head or Place(0, self.chain.anchor()), []
            for row in rows:
                number = place.number + 1
                place = Place(number, self.chain.seal(place.seal, number, row))
                written.append(days.line(Sealed(number, place.seal, row)))
            today = self.folder / f"{datetime.now(UTC):%Y-%m-%d}.jsonl"
            path = max(path, today) if path else today
            self._known = path, days.append(path, b"".join(written)), place
            if goes_on:
                self._mark(place)

    def head(self) -> Place | None:
        """The last row that was written. Raises OSError."""
        with self._lock:
            return self._end()[1]

    def rows(self, begin: int = 1) -> Iterator[Sealed]:
        """Rows from a number on, the oldest first.

        Raises:
            ValueError: a line is no row; says which.
            OSError: a file cannot be read.
        """
        found = days.files(self.folder)
        for path in found[days.starting(found, begin) :]:
            for count, (text, _) in enumerate(days.lines(path), 1):
                try:
                    sealed = days.parsed(text)
                except ValueError as error:
                    raise ValueError(f"line {count} of {path.name} is no row") from error
                if sealed.number >= begin:
                    yield sealed

    def _end(self) -> tuple[Path | None, Place | None]:
        """The newest file, and the last row of all."""
        found = days.files(self.folder)
        if not found:
            return None, None
        size = found[-1].stat().st_size
        if self._known and self._known[:2] == (found[-1], size):
            return found[-1], self._known[2]
        for path in reversed(found):
            if row := days.last(path):
                return found[-1], Place(row.number, row.seal or "")
        return found[-1], None

    def _goes_on(self, head: Place | None) -> bool:
        """Whether the audit goes on from where it was marked; the mark stays where it does not, for who verifies."""
        try:
            marked = self.chain.mark.read()
        except (ValueError, OSError):
            marked = Place(0, "damaged")
        if marked in (None, head, self._checked):
            return True
        if head and marked and marked.number < head.number and self._has(marked):  # a crash kept it from being marked
            self._checked = marked
            return True
        if not self._forked:
            log.error("audit does not continue", marked=marked and marked.number, head=head.number if head else 0)
            self._forked = True
        return False

    def _has(self, place: Place) -> bool:
        try:
            return next(self.rows(place.number)).seal == place.seal
        except (StopIteration, ValueError):
            return False

    def _mark(self, place: Place) -> None:
        try:
            self.chain.mark.advance(place)
        except OSError as error:  # the row is there; only how far the audit goes is not marked
            log.error("audit not marked", error=type(error).__name__)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process adds rows meanwhile. What one that ended midway has left of a row is removed first."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if (found := days.files(self.folder)) and (cut := days.cut_off_unfinished(found[-1])):
                log.warning("audit: a row that was not written whole is removed", bytes=cut)
            yield
        finally:
            os.close(handle)


def _beside(folder: Path, end: str) -> Path:
    return folder.with_name(folder.name + end)
