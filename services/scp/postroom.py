"""What becomes of a film: its results go to the outbox for each route that wants them, the conclusion to the ledger."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import structlog
from pydicom import Dataset, dcmread

from imaging.header import header
from imaging.part10 import read_header
from results.fhir import write_outcome
from results.notice import write_notice
from scp.films import Film
from scp.ledger import Ledger, Made, State
from scp.outbox import Outbox, Parcel
from scp.routes import Routes

log = structlog.get_logger()

NOTICES = {"sr": "notice", "fhir": "outcome"}
"""What goes out instead of a result where there is none."""

UNKEPT = {"outcome", "fhir"}
"""What is no DICOM object."""


class Postroom:
    """Outbox and ledger, always in this order: what the ledger tells of is already on its way."""

    def __init__(self, outbox: Outbox, ledger: Ledger, routes: Routes) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._routes = routes

    def wanted(self, outcome: str) -> set[str]:
        """The gateway's results that a route wants of a film with this outcome; the report always, for the ledger."""
        results = {"sr"}.union(*(route.results for route in self._routes.routes if outcome in route.outcomes))
        return results - {"amendment"}

    def earlier_report(self, part10: bytes) -> Made | None:
        """The newest report of the same film, which a new one supersedes."""
        return self._ledger.last_report(Film.of(part10).sop_instance_uid)

    def conclude(self, film: str, assessment: dict[str, Any], results: dict[str, bytes]) -> None:
        """A film was assessed or refused; its results go out unless they did before.

        The same film under the same models gives objects with the same UIDs, however often it comes, and also when a
        crash came between the ledger and the spool.
        """
        outcome: State = assessment["outcome"]
        made = _made(film, results)
        if not all(self._ledger.is_ours(each.sop_instance_uid) for each in made):
            self._send(film, outcome, {kind: kind for kind in results}, results)
        details = {name: assessment[name] for name in ("id", "models", "refusal")}
        self._ledger.conclude(film, outcome, made, **details)

    def late(self, film: str, part10: bytes, code: str) -> None:
        """There is no answer yet: say so, once."""
        if self._ledger.state(film) != "failed":
            self.fail(film, part10, code)

    def fail(self, film: str, part10: bytes, code: str) -> None:
        """There is no answer, for this reason."""
        notices = self._notices(film, part10, code)
        self._send(film, "failed", NOTICES, notices)
        self._ledger.conclude(film, "failed", _made(film, notices), code=code)

    def _notices(self, film: str, part10: bytes, code: str) -> dict[str, bytes]:
        now = datetime.now(UTC)
        try:
            known = header(read_header(part10))
            return {"notice": write_notice(known, code, now), "outcome": write_outcome(known, code, now)}
        except Exception as error:  # hostile bytes fail in many ways; the ledger and the dead letters tell of them
            log.warning("no notice: the film cannot be read", film=film, error=type(error).__name__)
            return {}

    def _send(self, film: str, outcome: str, kinds: dict[str, str], objects: dict[str, bytes]) -> None:
        """Keep the objects, and queue for each route those that it wants; kinds is result to object."""
        parcels = [
            Parcel(route.name, film, kinds[result])
            for route in self._routes.routes
            if outcome in route.outcomes
            for result in route.results
            if kinds.get(result) in objects
        ]
        if objects:
            self._outbox.keep(film, objects)
        self._outbox.enqueue(parcels)


def _made(film: str, objects: dict[str, bytes]) -> list[Made]:
    """The identities of DICOM objects, by kind."""
    return [_identity(film, kind, data) for kind, data in objects.items() if kind not in UNKEPT]


def _identity(film: str, kind: str, part10: bytes) -> Made:
    tags = ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
    dataset: Dataset = dcmread(BytesIO(part10), stop_before_pixels=True, specific_tags=list(tags))
    return Made(film, kind, dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID)
