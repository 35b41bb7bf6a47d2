"""Patients who are somebody else by now: results say the ID that survives, whatever their film says.

A file in the listener's folder, which a command beside it changes. Films stay as they were sent, and so does what was
sent of them before.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydicom import Dataset

from erasure.names import Identity
from scp import folders

FILE = "merged.json"


@dataclass(frozen=True)
class Merge:
    """One ID that was merged into another."""

    gone: str
    into: str
    issuer: str | None
    """Who gave both; None: whoever did."""
    at: str
    """ISO 8601, with its zone."""
    by: str
    reason: str

    def means(self, header: Dataset) -> bool:
        """Whether a film is of the ID that is no longer one."""
        patient, issuer = (str(header.get(each) or "").strip() for each in ("PatientID", "IssuerOfPatientID"))
        of_issuer = self.issuer is None or self.issuer.strip().casefold() == issuer.casefold()
        return patient == self.gone and of_issuer


@dataclass(frozen=True)
class Merges:
    """Of one listener's folder."""

    folder: Path

    def survivor(self, header: Dataset) -> Dataset:
        """A film's header under the ID that survives; changed in place.

        Raises:
            ValueError, KeyError, TypeError: the file is damaged.
            OSError: it cannot be read.
        """
        for each in self.read():  # the oldest first: who was merged twice is the last one
            if each.means(header):
                header.PatientID = each.into
        return header

    def read(self) -> list[Merge]:
        """All of them, the oldest first. Raises as survivor."""
        try:
            text = (self.folder / FILE).read_text()
        except FileNotFoundError:
            return []
        return [Merge(**each) for each in json.loads(text)]

    def add(self, merge: Merge) -> None:
        """One more; one the other way round is over. Raises as survivor, and OSError."""
        kept = [each for each in self.read() if (each.gone, each.issuer) not in _ends(merge)]
        self._write([*kept, merge])

    def drop(self, means: Callable[[Identity, datetime], bool]) -> int:
        """Forget those of somebody who is forgotten, whichever of both IDs it is; how many. Raises as add."""
        kept = [
            each
            for each in self.read()
            if not any(means(Identity(who, each.issuer or ""), _moment(each.at)) for who in (each.gone, each.into))
        ]
        if gone := len(self.read()) - len(kept):
            self._write(kept)
        return gone

    def _write(self, merges: list[Merge]) -> None:
        folders.write(self.folder / FILE, json.dumps([asdict(each) for each in merges]).encode())
        (self.folder / FILE).chmod(0o600)


def _ends(merge: Merge) -> set[tuple[str, str | None]]:
    return {(merge.gone, merge.issuer), (merge.into, merge.issuer)}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
