"""What binds each row to the one before it: an HMAC, by a key that is kept elsewhere than the rows."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from auditing.mark import Mark
from auditing.row import Row, Sealed


@dataclass(frozen=True)
class Chain:
    """What seals the rows of one audit."""

    key: bytes
    mark: Mark

    def seal(self, before: str, number: int, row: Row) -> str:
        """A row's seal: the HMAC of the seal before it and of all that the row says, as hex.

        Source:
            RFC 2104 with SHA-256 (FIPS 180-4).
        """
        return hmac.new(self.key, f"{before} {row.canonical(number)}".encode(), hashlib.sha256).hexdigest()

    def emptied(self, each: Sealed, by: int) -> str:
        """The seal of a row that was emptied since somebody was forgotten: nobody empties one without the key.

        The row keeps the seal that it had, on which the next one rests; what it said is no longer known.

        Args:
            each: what is left of it, with the seal that it had.
            by: number of the row that says that this one was emptied.
        """
        told = f"emptied {each.seal} by {by} {each.row.canonical(each.number)}"
        return hmac.new(self.key, told.encode(), hashlib.sha256).hexdigest()

    def anchor(self, older: Iterable[str] = ()) -> str:
        """What stands before the chain's first row: the HMAC of all rows from before there was a chain, canonical."""
        found = hmac.new(self.key, b"rows before the chain", hashlib.sha256)
        for each in older:
            found.update(f"\n{each}".encode())
        return found.hexdigest()
