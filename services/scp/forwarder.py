"""From the spool through the gateway to the outbox: each film is assessed, refused, or told to have failed."""

import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import structlog

from client.errors import FailedError, LaterError, RefusedError
from client.gateway import LOST, Gateway
from erasure.errands import Errands
from erasure.sealed.errors import DamagedError
from scp.errors import UnwritableError
from scp.kept import KeptFilms
from scp.metrics import Metrics
from scp.postroom import Postroom
from scp.settings import Settings
from scp.spool import Spool, Waiting
from scp.turns import Turns
from scp.waits import Waits

log = structlog.get_logger()

MAX_TRIES = 5
"""Of a film at which the gateway fails or falls silent; then the film is to blame."""

DAMAGED = "damaged-file"
"""Why a film is a dead letter whose file on the disk was changed, or cut short."""

DOUBTFUL = ("stage-failed", "internal", LOST, UnwritableError.code)
"""Codes that may come of the film or of the gateway's or our own trouble."""


class Forwarder:
    """Takes films out of the spool, a few at once, in the order of turns.py."""

    def __init__(
        self,
        spool: Spool,
        kept: KeptFilms,
        gateway: Gateway,
        postroom: Postroom,
        settings: Settings,
        metrics: Metrics,
        waits: Waits,
    ) -> None:
        self._spool = spool
        self._kept = kept
        self._gateway = gateway
        self._postroom = postroom
        self._settings = settings
        self._metrics = metrics
        self._waits = waits
        self._turns = Turns()
        self._tries: Counter[str] = Counter()
        self._doubts: Counter[str] = Counter()
        self._next: dict[str, float] = {}
        self._first: dict[str, float] = {}
        """Film to when this process first found that it has to wait: a file's time is another after a restore, and the
        clock may be set."""
        self._working: dict[str, Future[None]] = {}
        self._errands = Errands(settings.folder)
        self.wake = threading.Event()
        """Set when a film has come."""

    def run(self, stop: threading.Event) -> None:
        """Until stop is set; films at the gateway are finished first."""
        with ThreadPoolExecutor(self._settings.workers, "forwarder") as pool:
            while not stop.is_set():
                self.wake.clear()
                ready = self._ready()
                while ready and len(self._working) < self._settings.workers:
                    each = self._turns.take(ready)
                    self._working[each.film] = pool.submit(self._forward, each)
                    self._working[each.film].add_done_callback(partial(self._done, each.film))
                self.wake.wait(self._waits.look_s)

    def _ready(self) -> list[Waiting]:
        """Films that can be tried now, the oldest first."""
        now = time.monotonic()
        waiting = self._spool.waiting()
        return [each for each in waiting if each.film not in self._working and self._next.get(each.film, 0) <= now]

    def _done(self, film: str, done: "Future[None]") -> None:
        del self._working[film]
        if error := done.exception():  # a bug of ours, or the disk: the film waits, and the others go on
            log.error("forwarding failed", film=film, exc_info=error)
            self._pause(film)
        self.wake.set()

    def _forward(self, each: Waiting) -> None:
        film, started = each.film, time.perf_counter()
        try:
            part10 = self._spool.read(film)
        except FileNotFoundError:  # it was made urgent just now, or another process, such as `resend`, was faster
            return
        except DamagedError as error:
            log.warning("a film's file is damaged", film=film, why=str(error))
            self._never(film, DAMAGED)
            return
        try:
            reading = self._gateway.read(part10, f"scp-{film[:16]}", each.urgent)
            with self._spool.standstill.at_work():
                if self._spool.waits(film):
                    self._postroom.conclude(film, part10, reading)
                    self._kept.keep(film, self._spool.paths(film))
                    self._spool.done(film)
                else:  # the gateway remembers it, which answered after it was asked to forget
                    self._errands.add([reading.assessment.id])
        except UnwritableError as error:
            log.warning("results cannot be written", film=film, why=str(error))
            self._never(film, error.code)
        except (RefusedError, FailedError) as error:
            self._never(film, error.code)
        except LaterError as error:
            self._later(each, error)
        else:
            self._forget(film)
            state = reading.assessment.outcome
            self._metrics.films.labels(state).inc()
            self._metrics.film_seconds.observe(time.time() - each.since)
            ms = round(1000 * (time.perf_counter() - started))
            log.info("forwarded", film=film, state=state, urgent=each.urgent, ms=ms)

    def _never(self, film: str, code: str) -> None:
        self._doubts[film] += 1
        if code in DOUBTFUL and self._doubts[film] < MAX_TRIES:
            self._pause(film)
            return
        log.warning("dead letter", film=film, code=code)
        with self._spool.standstill.at_work():
            if self._spool.waits(film):
                self._postroom.fail(film, self._read(film), code)
                self._spool.bury(film, code)
        self._forget(film)
        self._metrics.films.labels("failed").inc()

    def _read(self, film: str) -> bytes:
        """For a notice; nothing of one that cannot be read."""
        try:
            return self._spool.read(film)
        except DamagedError:
            return b""

    def _later(self, each: Waiting, error: LaterError) -> None:
        film, code = each.film, error.code
        waited = time.monotonic() - self._first.setdefault(film, time.monotonic())
        if (code == LOST and self._doubts[film] + 1 >= MAX_TRIES) or waited > self._settings.give_up_s:
            self._doubts[film] = MAX_TRIES
            self._never(film, code)
            return
        self._doubts[film] += code == LOST
        self._pause(film, error.retry_after_s or 0)
        if waited > self._settings.answer_within_s:
            with self._spool.standstill.at_work():
                if self._spool.waits(film):
                    self._postroom.late(film, self._read(film), code)
        log.info("waits", film=film, code=code, tries=self._tries[film])

    def _pause(self, film: str, at_least_s: float = 0) -> None:
        own_s = self._waits.films.pause_s(self._tries[film])
        self._next[film] = time.monotonic() + max(own_s, at_least_s)
        self._tries[film] += 1

    def _forget(self, film: str) -> None:
        for kept in (self._tries, self._doubts, self._next, self._first):
            kept.pop(film, None)
