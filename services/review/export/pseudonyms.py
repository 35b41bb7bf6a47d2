"""Names that stand for others: the same each time, and nobody without the key can tell for whom."""

import hashlib
import hmac
from pathlib import Path

from auditing import keys

KEY = "pseudonyms.key"
"""In the reading room's own folder, where patient data are anyway, and not beside an export, which may go elsewhere.
Who loses it gives every patient a new name, and perhaps another split, in the next export."""

NAME_LETTERS = 16
"""Letters: 64 bits, with which among a million patients two share a name by a chance of 1 in 37 million."""


class Pseudonyms:
    """HMAC-SHA-256 with a key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def kept(cls, folder: Path) -> "Pseudonyms":
        """With the folder's key; a new one where there is none.

        Raises:
            KeyLostError: what is there is no key.
            OSError: it can be neither read nor written.
        """
        keys.make(folder / KEY)
        return cls(keys.read(folder / KEY, "put the old one back, or remove it for new pseudonyms"))

    def of(self, kind: str, name: str) -> str:
        """What stands for a name; the same name of another kind has another."""
        return hmac.new(self._key, f"{kind}\0{name}".encode(), hashlib.sha256).hexdigest()[:NAME_LETTERS]
