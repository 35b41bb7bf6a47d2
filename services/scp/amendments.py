"""Readers' amendments: what the reading room tells becomes a report and a Bundle, for the routes that want them.

They are written here and not in the reading room because only the ledger knows which report of ours they amend, and
because outbox, carriers and reconciling are here. A route that does not list the result amendment gets none.
"""

import threading
from typing import Literal

import structlog
from pydicom import Dataset

from results.amendment import Amendment
from results.identity import Superseded
from scp.errors import ListenerError, MeaninglessError, NotYetError, UnknownFilmError
from scp.ledger import Ledger, Made, State
from scp.metrics import Metrics
from scp.outbox import Outbox, Parcel
from scp.routes import Routes
from scp.spool import Spool

log = structlog.get_logger()

Answer = Literal["kept", "duplicate", "nothing"]
"""It is on its way; it was before; it takes back what never came here."""


class Amendments:
    """Takes amendments in; safe to share between threads."""

    def __init__(
        self,
        spool: Spool,
        outbox: Outbox,
        ledger: Ledger,
        routes: Routes,
        metrics: Metrics,
        patient_system: str | None = None,
    ) -> None:
        self._spool = spool
        self._outbox = outbox
        self._ledger = ledger
        self._routes = routes
        self._metrics = metrics
        self._patient_system = patient_system
        self._one = threading.Lock()

    def take(self, amendment: Amendment) -> Answer:
        """Keep an amendment for the routes; the same one again changes nothing.

        Raises:
            MeaninglessError: it names no film, says what was not asked of it, or no report can be written of it.
            UnknownFilmError: the film never came here.
            NotYetError: its assessment is not out yet.
            NoRoomError: the sender shall try again.
        """
        try:
            film = _film(amendment)
            with self._one, self._spool.standstill.at_work():  # the amendments of a film are numbered
                answer = self._take(film, amendment)
        except ListenerError as error:
            never = isinstance(error, UnknownFilmError | MeaninglessError)
            self._metrics.amendments.labels("refused" if never else "later").inc()
            raise
        self._metrics.amendments.labels(answer).inc()
        log.info("amendment", amendment=str(amendment.key), withdrawn=amendment.withdrawn, answer=answer)
        return answer

    def _take(self, film: Dataset, amendment: Amendment) -> Answer:
        from results import amendment_sr  # here and below: see results.writing

        identity = amendment_sr.identity(film, amendment)
        if self._ledger.is_ours(identity.uid("report")):
            return "duplicate"
        amended, outcome = self._amended(film)
        earlier = amendment_sr.superseded(film, amendment)
        if earlier and not self._ledger.is_ours(earlier.sop_instance_uid):
            earlier = None
        if amendment.withdrawn and earlier is None:
            return "nothing"
        self._spool.check_room()
        number = 1 + sum(each.kind.startswith("amendment-") for each in self._ledger.made(amended.instance))
        kind = f"amendment-{number}"
        about = Superseded(amended.sop_instance_uid, amended.series_instance_uid)
        written = _write(film, amendment, about, earlier, kind, self._patient_system)
        self._send(amended.instance, outcome, written, kind)
        made = Made(
            amended.instance, kind, identity.uid("report"), film.StudyInstanceUID, identity.uid("report series")
        )
        detail = {"amendment": str(amendment.key), "object": kind, "withdrawn": amendment.withdrawn}
        self._ledger.conclude(amended.instance, "amended", [made], **detail)
        return "kept"

    def _send(self, film: str, outcome: str, objects: dict[str, bytes], kind: str) -> None:
        """Keep the objects, also for a route that is added later, and queue for each route the one that it wants."""
        self._outbox.keep(film, objects)
        self._outbox.enqueue(
            Parcel(route.name, film, _bundle(kind) if route.fhir else kind)
            for route in self._routes.routes
            if "amendment" in route.results and outcome in route.outcomes
        )

    def _amended(self, film: Dataset) -> tuple[Made, State]:
        """The AI's report that is amended, and how the film ended.

        One of another study is of another film, whose UID is not its own: two patients' reports shall not be mixed up.
        """
        report = self._ledger.last_report(str(film.SOPInstanceUID))
        if report is None and self._ledger.knows(str(film.SOPInstanceUID)):
            raise NotYetError("the film's assessment is not out yet")
        if report is None or report.study_instance_uid != film.StudyInstanceUID:
            raise UnknownFilmError("the film never came here")
        state = self._ledger.state(report.instance)
        if state is None or state == "received":
            raise NotYetError("the film is being assessed")
        return report, state


def _film(amendment: Amendment) -> Dataset:
    """The header of the film, of which nothing is said that was not asked."""
    from results import amendment_sr
    from results.amendment_number import check_asked

    try:
        check_asked(amendment)
        return amendment_sr.read_film(amendment)
    except ValueError as error:
        raise MeaninglessError(str(error)) from error


def _write(
    film: Dataset,
    amendment: Amendment,
    about: Superseded,
    earlier: Superseded | None,
    kind: str,
    patient_system: str | None,
) -> dict[str, bytes]:
    """The report and the Bundle, by kind."""
    from results import amendment_sr
    from results.amendment_fhir import write_amendment_bundle

    try:
        report = amendment_sr.write_amendment(film, amendment, [about, earlier] if earlier else [about])
        return {kind: report, _bundle(kind): write_amendment_bundle(film, amendment, about, patient_system)}
    except Exception as error:  # a library met a film that it did not expect, and its words may be a patient's
        log.warning("amendment cannot be written", amendment=str(amendment.key), error=type(error).__name__)
        raise MeaninglessError("no report can be written of it") from None


def _bundle(kind: str) -> str:
    """Kind of the Bundle that goes with a report of that kind."""
    return kind.replace("amendment-", "amendment-fhir-")
