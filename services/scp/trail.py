"""What the listener's audit tells, and what that is to DICOM: studies by their UIDs, as the ledger does, and no more of
any patient."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from auditing.events import (
    ACCESSED,
    ACTIVITY,
    ALERT,
    DELETED,
    DOORS,
    EXPORT,
    NODE,
    PATIENT,
    QUERY,
    SECURITY,
    START,
    STOP,
    TRANSFERRED,
    Event,
)
from auditing.row import Row
from auditing.service import Service
from auditing.settings import KeptInFiles
from auditing.tally import FLOOD
from auditing.trail import Trail, open_journal

EVENTS = {
    "listener.start": Event(*ACTIVITY, "E", START),
    "listener.stop": Event(*ACTIVITY, "E", STOP),
    "association.reject": Event(*ALERT, "E", NODE, failed=True),
    "films.receive": Event(*TRANSFERRED, "C"),
    "results.send": Event(*EXPORT, "R"),
    "results.refuse": Event(*EXPORT, "R", failed=True),
    "amendment.take": Event(*ACCESSED, "U"),
    "study.search": Event(*QUERY, "E"),
    "study.read": Event(*TRANSFERRED, "R"),
    "patient.forget": Event(*DELETED, "D"),
    "patient.merge": Event(*PATIENT, "U"),
    "disk.rekey": Event(*ALERT, "E", SECURITY),
    **DOORS,
}

SERVICE = Service("listener", "CXR_SCP_", EVENTS)


UID = re.compile(r"[0-9.]{1,64}")
"""Source: PS3.5, 9.1."""

REFUSED = "refused"
"""Of a film: its sender was told that we have it not."""


def record_now(settings: KeptInFiles, action: str, who: str, **detail: Any) -> None:
    """Add a row for a command beside the listener; it is on the disk when this returns.

    Raises:
        KeyLostError: the audit's key is lost, or damaged.
        OSError: it was not written.
    """
    if journal := open_journal(settings, SERVICE):
        journal.append([Row(datetime.now(UTC), who or None, action, None, detail)])


@dataclass
class Arrived:
    """What came of the films of one association, or of one STOW-RS request, by study."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, study: str, answer: str) -> None:
        """One more; of a study that has no UID, and may have anything for one, it is not told which."""
        study = study if UID.fullmatch(study) else ""
        with self._lock:
            of_study = self.counts.setdefault(study, {})
            of_study[answer] = of_study.get(answer, 0) + 1

    def tell(self, trail: Trail, sender: str, **said: Any) -> None:
        """A row for each study; those of which a film was refused are failures."""
        with self._lock:
            counts, self.counts = self.counts, {}
        for study, answers in counts.items():
            told: dict[str, Any] = {"study": study or None, **answers, **said}
            trail.record(sender, "films.receive", **told)


@contextmanager
def arriving(trail: Trail, sender: str, **said: Any) -> Iterator[Arrived]:
    """What comes meanwhile is told at the end."""
    arrived = Arrived()
    try:
        yield arrived
    finally:
        arrived.tell(trail, sender, **said)


def reject(trail: Trail, title: str, address: str, reason: str) -> None:
    """Tell of an association, or a connection, that was turned away."""
    trail.record(title, "association.reject", window=FLOOD, address=address, reason=reason)
