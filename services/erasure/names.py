"""Keyed names of who was forgotten: who has the key can tell whether a film is meant, and nobody can read who it was.

A patient's ID has few digits: a hash without a key would be found by trying all of them.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

KEY = "forgotten.key"
"""In a service's folder, beside the tombstones: back it up with them."""

KEY_BYTES = 32
"""256 bits, as HMAC-SHA-256 wants it. Source: RFC 2104, 3."""


@dataclass(frozen=True)
class Identity:
    """Of whom a film is, and which one it is; what is not known is empty."""

    patient: str = ""
    issuer: str = ""
    """Who gave the patient's ID; upper and lower case are the same."""
    study: str = ""
    film: str = ""
    """The service's own id."""


@dataclass(frozen=True)
class Keyed:
    """Makes the names."""

    key: bytes

    @classmethod
    def kept(cls, folder: Path) -> "Keyed":
        """With the folder's key; a new one where there is none.

        Raises:
            ValueError: what is there is no key.
            OSError: it can be neither read nor written.
        """
        path = folder / KEY
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            pass
        return cls(_read(path))

    def patient(self, patient: str, issuer: str | None) -> str:
        """Of a patient; issuer None: whoever gave the ID."""
        if issuer is None:
            return self._of("patient of any issuer", patient.strip())
        return self._of("patient", issuer.strip().casefold(), patient.strip())

    def study(self, uid: str) -> str:
        """Of a study."""
        return self._of("study", uid.strip())

    def film(self, film_id: str) -> str:
        """Of one film."""
        return self._of("film", film_id)

    def all_of(self, film: Identity) -> frozenset[str]:
        """All names by which a film may have been forgotten."""
        found = [self.film(film.film)] if film.film else []
        found += [self.study(film.study)] if film.study else []
        if film.patient:
            found += [self.patient(film.patient, issuer) for issuer in (film.issuer, None)]
        return frozenset(found)

    def _of(self, *parts: str) -> str:
        return hmac.new(self.key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path}: not a key; put it back from its backup: without it nobody can be forgotten again")
    return key
