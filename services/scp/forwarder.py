"""From the spool through the gateway to the outbox: each film is assessed, refused, or told to have failed."""

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import structlog

from client.errors import FailedError, LaterError, RefusedError
from client.gateway import LOST, Gateway
from scp.ledger import Made
from scp.metrics import Metrics
from scp.postroom import Postroom
from scp.settings import Settings
from scp.spool import Spool

log = structlog.get_logger()

LOOK_S = 0.5
"""How often the spool is looked at when nothing tells of a new film."""

LONGEST_PAUSE_S = 15.0
"""Between two tries of a film; short, so that a gateway that is back is used soon."""

TRIES = 5
"""Of a film at which the gateway fails or falls silent; then the film is to blame."""

FILES = {"sr": "sr.dcm", "lungs": "lungs.dcm", "overlay": "overlay.dcm", "fhir": "fhir"}
"""Result to the last part of its address at the gateway."""

DOUBTFUL = ("stage-failed", "internal", LOST)
"""Codes that may come of the film or of the gateway's own trouble."""


class Forwarder:
    """Takes films out of the spool, the oldest first, a few at once."""

    def __init__(
        self, spool: Spool, gateway: Gateway, postroom: Postroom, settings: Settings, metrics: Metrics
    ) -> None:
        self._spool = spool
        self._gateway = gateway
        self._postroom = postroom
        self._settings = settings
        self._metrics = metrics
        self._tries: Counter[str] = Counter()
        self._doubts: Counter[str] = Counter()
        self._next: dict[str, float] = {}
        self._working: dict[str, Future[None]] = {}
        self.wake = threading.Event()
        """Set when a film has come."""

    def run(self, stop: threading.Event) -> None:
        """Until stop is set; films at the gateway are finished first."""
        with ThreadPoolExecutor(self._settings.workers, "forwarder") as pool:
            while not stop.is_set():
                self.wake.clear()
                for film, since in self._spool.waiting():
                    if len(self._working) >= self._settings.workers:
                        break
                    if film not in self._working and self._next.get(film, 0) <= time.monotonic():
                        self._working[film] = pool.submit(self._forward, film, since)
                        self._working[film].add_done_callback(partial(self._done, film))
                self.wake.wait(LOOK_S)

    def _done(self, film: str, done: "Future[None]") -> None:
        del self._working[film]
        if error := done.exception():  # a bug of ours, or the disk: the film waits, and the others go on
            log.error("forwarding failed", film=film, exc_info=error)
            self._pause(film)
        self.wake.set()

    def _forward(self, film: str, since: float) -> None:
        started = time.perf_counter()
        try:
            part10 = self._spool.path(film).read_bytes()
            state = self._assess(film, part10)
        except FileNotFoundError:  # another process, such as `resend`, was faster
            return
        except (RefusedError, FailedError) as error:
            self._never(film, error.code)
        except LaterError as error:
            self._later(film, since, error)
        else:
            self._forget(film)
            self._metrics.films.labels(state).inc()
            self._metrics.film_seconds.observe(time.time() - since)
            log.info("forwarded", film=film, state=state, ms=round(1000 * (time.perf_counter() - started)))

    def _assess(self, film: str, part10: bytes) -> str:
        assessment = self._gateway.assess(part10, "application/dicom", request_id=f"scp-{film[:16]}")
        earlier = self._postroom.earlier_report(part10)
        results = self._results(assessment["id"], self._postroom.wanted(assessment["outcome"]), earlier)
        self._postroom.conclude(film, assessment, results)
        self._spool.done(film)
        return str(assessment["outcome"])

    def _results(self, assessment_id: str, kinds: set[str], earlier: Made | None) -> dict[str, bytes]:
        """By kind, those that there are; the report names the earlier one as superseded."""
        found: dict[str, bytes] = {}
        for kind in sorted(kinds):
            named = {}
            if kind == "sr" and earlier:
                named = {"supersedes": earlier.sop_instance_uid, "supersedes_series": earlier.series_instance_uid}
            result = self._gateway.file(assessment_id, FILES[kind], **named)
            if result is not None:
                found[kind] = result
            elif kind != "lungs":  # which a film has not that was refused before the segmenter
                raise LaterError(LOST)
        return found

    def _never(self, film: str, code: str) -> None:
        self._doubts[film] += 1
        if code in DOUBTFUL and self._doubts[film] < TRIES:
            self._pause(film)
            return
        log.warning("dead letter", film=film, code=code)
        self._postroom.fail(film, self._spool.path(film).read_bytes(), code)
        self._spool.bury(film, code)
        self._forget(film)
        self._metrics.films.labels("failed").inc()

    def _later(self, film: str, since: float, error: LaterError) -> None:
        waited, code = time.time() - since, error.code
        if (code == LOST and self._doubts[film] + 1 >= TRIES) or waited > self._settings.give_up_s:
            self._doubts[film] = TRIES
            self._never(film, code)
            return
        self._doubts[film] += code == LOST
        self._pause(film, error.retry_after_s or 0)
        if waited > self._settings.answer_within_s:
            self._postroom.late(film, self._spool.path(film).read_bytes(), code)
        log.info("waits", film=film, code=code, tries=self._tries[film])

    def _pause(self, film: str, at_least_s: float = 0) -> None:
        own_s = min(0.5 * 2 ** self._tries[film], LONGEST_PAUSE_S)
        self._next[film] = time.monotonic() + max(own_s, at_least_s)
        self._tries[film] += 1

    def _forget(self, film: str) -> None:
        for kept in (self._tries, self._doubts, self._next):
            kept.pop(film, None)
