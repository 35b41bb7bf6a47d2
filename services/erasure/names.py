"""Keyed names of who was forgotten: who has the key can tell whether a film is meant, and nobody can read who it was.

A patient's ID has few digits: a hash without a key would be found by trying all of them.
"""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from auditing import keys

KEY = "forgotten.key"
"""In a service's folder, beside the tombstones: back it up with them."""

LOST = "put it back from its backup: without it nobody can be forgotten again"


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
            KeyLostError: what is there is no key.
            OSError: it can be neither read nor written.
        """
        path = folder / KEY
        if not path.exists():
            keys.make(path)
        return cls(keys.read(path, LOST))

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
