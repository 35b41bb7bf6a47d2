"""The disk and the clock of the whole machine: stages, gateway, listener and reading room alike."""

import sqlite3
import time

from pydicom import Dataset

from scp.ledger import Ledger
from tests.trials.drill.fault import Fault, SkippedError
from tests.trials.drill.site import Site
from tests.trials.drill.ward import Reader, send
from tests.trials.traffic.exposures import exposures

HOLD_S = 6.0
FILMS = 3
"""That a modality sends while it lasts."""
KEPT_S = 60
"""For films that were taken to be in the ledger and in the worklist."""
HOUR_S = 3600
SUCCESS = 0
IN, SEE_OTHER = 200, 303


class Surrounded(Fault):
    """Base: a modality sends films meanwhile and afterwards, and a reader is logged in."""

    hold_s = HOLD_S
    site = "ward"
    stays_in: bool | None = True
    """Whether the reader is still logged in afterwards; None where both are right."""
    seeds = iter(range(100, 200))

    def prepare(self, site: Site) -> None:
        """Log the reader in."""
        self._taken: list[Dataset] = []
        self._wrong: list[str] = []
        self._reader = Reader(site.front.review)
        if (status := self._reader.log_in()) != SEE_OTHER:
            raise SkippedError(f"nobody can log in to the reading room: {status}")

    def send(self, site: Site) -> list[int | None]:
        """Films that nobody sent before; those that are taken have to be in the worklist in the end."""
        films = list(exposures(FILMS, seed=next(self.seeds), patient="Drill"))
        statuses = send(site.front.ports.scp, films)
        self._taken += [film for film, status in zip(films, statuses, strict=True) if status == SUCCESS]
        return statuses

    def check(self, site: Site) -> list[str]:
        """Everything that was taken is there, and the listener and the reading room do their work again."""
        if set(statuses := self.send(site)) != {SUCCESS}:
            self._wrong.append(f"films are not taken again: C-STORE {statuses}")
        inside = self._reader.looks() == IN
        if self.stays_in not in (None, inside):
            self._wrong.append(f"the reader is {'still' if inside else 'no longer'} logged in")
        if (status := self._reader.log_in()) != SEE_OTHER:
            self._wrong.append(f"nobody can log in: {status}")
        if missing := self._missing(site):
            self._wrong.append(f"{missing} of {len(self._taken)} films that were taken are not in the worklist")
        return self._wrong

    def _missing(self, site: Site) -> int:
        end = time.monotonic() + KEPT_S
        while True:
            known = _assessed(site) & _listed(site)
            missing = sum(film.SOPInstanceUID not in known for film in self._taken)
            if not missing or time.monotonic() > end:
                return missing
            time.sleep(0.5)


class DiskFull(Surrounded):
    """No space left: the gateway assesses its films, modalities must send again, and no accepted film is lost."""

    name = "disk full"

    def prepare(self, site: Site) -> None:
        """It has to be a disk of its own."""
        if site.disk is None:
            raise SkippedError("only root may mount a disk to fill")
        super().prepare(site)

    def inject(self, site: Site) -> None:
        """Every folder of the site: logs, films, ledger, the readers' database."""
        assert site.disk
        site.disk.fill()
        statuses = self.send(site)
        if SUCCESS in statuses:
            self._wrong.append("the listener says that it took a film, without room for it")
        if None in statuses:
            self._wrong.append(f"the listener hangs up, and does not say why: C-STORE {statuses}")
        if Reader(site.front.review).log_in() == SEE_OTHER:
            self._wrong.append("the reading room says that it kept a session, without room for it")

    def mend(self, site: Site) -> None:
        """Make room."""
        assert site.disk
        site.disk.free()


class ClockJumps(Surrounded):
    """Base: the wall clock jumps, and back afterwards."""

    by_s: int

    def prepare(self, site: Site) -> None:
        """Their clock has to be ours."""
        if site.clock is None:
            raise SkippedError("there is no C compiler to make a clock that can be turned")
        super().prepare(site)

    def inject(self, site: Site) -> None:
        """For every process of the site at once."""
        assert site.clock
        site.clock.turn(self.by_s)
        if set(statuses := self.send(site)) != {SUCCESS}:
            self._wrong.append(f"films are not taken: C-STORE {statuses}")
        inside = self._reader.looks() == IN
        if inside != (self.by_s < HOUR_S):
            self._wrong.append(f"two hours later the reader is {'still' if inside else 'no longer'} logged in")

    def mend(self, site: Site) -> None:
        """As before."""
        assert site.clock
        site.clock.turn(0)


class ClockForward(ClockJumps):
    """Two hours ahead, past the end of tokens and sessions: films are assessed, and readers log in again."""

    name = "clock two hours ahead, and back"
    by_s = 2 * HOUR_S
    stays_in = None


class ClockBack(ClockJumps):
    """Two hours back: films are assessed and come last in the feed, and readers stay logged in."""

    name = "clock two hours back, and ahead"
    by_s = -2 * HOUR_S


def _assessed(site: Site) -> set[str]:
    """SOP Instance UIDs that the ledger knows as assessed."""
    book = Ledger(f"sqlite:///{site.front.places.films / 'ledger.sqlite'}")
    try:
        return {uid for _, uid, state in book.films() if state == "assessed"}
    finally:
        book.close()


def _listed(site: Site) -> set[str]:
    """SOP Instance UIDs of the reading room's films."""
    with sqlite3.connect(f"file:{site.front.places.review / 'review.sqlite'}?mode=ro", uri=True) as database:
        found = {uid for (uid,) in database.execute("SELECT sop_instance_uid FROM film")}
    database.close()
    return found
