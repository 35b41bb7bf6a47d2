"""What becomes of a film: its results go to the outbox for each route that wants them, the conclusion to the ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import structlog
from pydicom import Dataset, dcmread

from imaging.header import header
from imaging.part10 import read_header
from results.event import write_problem
from results.identity import Superseded
from results.reading import Answered
from results.writing import write_notice, write_oru_problem, write_outcome
from scp.errors import UnwritableError
from scp.films import identifier
from scp.ledger import Ledger, Made
from scp.outbox import Outbox, Parcel
from scp.routes import Routes
from scp.writers import Write

log = structlog.get_logger()

NOTICES = {"sr": "notice", "fhir": "outcome", "assessment": "problem", "oru": "oru-problem"}
"""What goes out instead of a result where there is none."""

DICOM_OBJECTS = {"sr", "lungs", "overlay", "notice"}
"""What is an instance, with a UID of its own."""


def as_it_is(header: Dataset) -> Dataset:
    """Of no other patient than the film says."""
    return header


class Postroom:
    """Outbox and ledger, always in this order: what the ledger tells of is already on its way."""

    def __init__(
        self,
        outbox: Outbox,
        ledger: Ledger,
        routes: Routes,
        write: Write,
        patient_system: str | None = None,
        survivor: Callable[[Dataset], Dataset] = as_it_is,
    ) -> None:
        """Of nothing yet.

        Args:
            outbox: where results are kept and queued.
            ledger: where it is written down.
            routes: who wants what.
            write: writes results.
            patient_system: as for `write`.
            survivor: gives a film's header the patient that it is of by now.
        """
        self._outbox = outbox
        self._ledger = ledger
        self._routes = routes
        self._write = write
        self._patient_system = patient_system
        self._survivor = survivor

    def conclude(self, film: str, part10: bytes, reading: Answered) -> None:
        """A film was assessed or refused; its results are written, and go out unless they did before.

        The same film under the same models gives objects with the same UIDs, however often it comes, and also when a
        crash came between the ledger and the spool.

        Args:
            film: its id.
            part10: the film.
            reading: what the gateway answered.

        Raises:
            UnwritableError: a result cannot be written of it; nothing goes out.
        """
        assessment = reading.assessment
        results = self._written(part10, reading)
        made = _made(film, results)
        if not all(self._ledger.is_ours(each.sop_instance_uid) for each in made):
            self._send(film, assessment.outcome, {kind: kind for kind in results}, results)
        details = assessment.model_dump(mode="json", include={"id", "models", "refusal"})
        self._ledger.conclude(film, assessment.outcome, made, **details)

    def _written(self, part10: bytes, reading: Answered) -> dict[str, bytes]:
        """What the routes want of a film with this outcome, by kind; the report always, for the ledger."""
        try:
            read = read_header(part10)
            known = self._survivor(header(read))
        except Exception as error:  # hostile bytes fail in many ways, and what is said of them may be a patient's
            raise UnwritableError(f"its header cannot be read: {type(error).__name__}") from None
        earlier = self._ledger.last_report(identifier(read, "SOPInstanceUID"))
        superseded = Superseded(earlier.sop_instance_uid, earlier.series_instance_uid) if earlier else None
        routes = [route for route in self._routes.routes if reading.assessment.outcome in route.outcomes]
        wanted = {"sr"}.union(*(route.results for route in routes)) - {"amendment"}
        return self._write(replace(reading, header=known), wanted, superseded)

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
        """What says that there is no result; of a film that cannot be read, the event alone, which needs no header."""
        now = datetime.now(UTC)
        try:
            known = self._survivor(header(read_header(part10)))
        except Exception as error:  # hostile bytes fail in many ways; the ledger and the dead letters tell of them
            log.warning("no notice: the film cannot be read", film=film, error=type(error).__name__)
            return {"problem": write_problem(None, code, now, film)}
        written = {"problem": write_problem(known, code, now, film)}
        writers: dict[str, Callable[[], bytes]] = {
            "notice": lambda: write_notice(known, code, now),
            "outcome": lambda: write_outcome(known, code, now, self._patient_system),
            "oru-problem": lambda: write_oru_problem(known, code, now),
        }
        for kind, write in writers.items():
            try:
                written[kind] = write()
            except Exception as error:  # as above; the others go out all the same
                log.warning("no notice", film=film, object=kind, error=type(error).__name__)
        return written

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
    return [_identity(film, kind, data) for kind, data in objects.items() if kind in DICOM_OBJECTS]


def _identity(film: str, kind: str, part10: bytes) -> Made:
    tags = ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"]
    dataset: Dataset = dcmread(BytesIO(part10), stop_before_pixels=True, specific_tags=list(tags))
    return Made(film, kind, dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID)
