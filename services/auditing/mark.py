"""How far an audit was written, beside it: what is taken away at its end shows by that."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

BYTES = 20 + 1 + 64 + 1
"""Of the file: a row's number, its seal, a line's end. It never grows: a full disk
does not keep it from being written."""


@dataclass(frozen=True)
class Place:
    """A row of the chain."""

    number: int
    seal: str
    """Its HMAC, as hex."""


@dataclass(frozen=True)
class Mark:
    """A file that holds the newest row's place; several processes may write it."""

    path: Path

    def read(self) -> Place | None:
        """Where the audit was last; None where nobody has marked it.

        Raises:
            ValueError: the file is damaged.
            OSError: it cannot be read.
        """
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        return _parsed(text) if text else None

    def advance(self, place: Place) -> None:
        """Mark a row that was written; a later one that is marked already stays. Raises OSError."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            text = os.pread(handle, BYTES, 0).decode("ascii", "replace")
            if not text or _parsed(text).number < place.number:
                # In its place, and not by a new file: the owner stays whoever started the service.
                os.pwrite(handle, f"{place.number:020d} {place.seal}\n".encode(), 0)
        except ValueError:  # damaged: it stays, for who verifies
            return
        finally:
            os.close(handle)


def _parsed(text: str) -> Place:
    number, _, seal = text.strip().partition(" ")
    if len(text) != BYTES or not number.isdecimal() or len(seal) != 64:
        raise ValueError("no mark of the audit")
    return Place(int(number), seal)
