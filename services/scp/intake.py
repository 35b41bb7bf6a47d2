"""The one way in, for C-STORE and STOW-RS: a film is on the disk and in the ledger before its sender hears so."""

import threading
from pathlib import Path
from typing import Literal

import structlog

from erasure.sealed.errors import DamagedError
from scp.errors import ListenerError, NoRoomError, TooLargeError
from scp.films import Film
from scp.ledger import Ledger
from scp.metrics import Metrics
from scp.spool import Spool
from scp.trail import REFUSED, Arrived
from scp.urgency import Rule

log = structlog.get_logger()

SUCCESS, OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0x0000, 0xA700, 0xC000
"""What a film's sender is told: statuses of C-STORE, and failure reasons of STOW-RS. Source: PS3.4, table B.2-1."""

Answer = Literal["kept", "duplicate", "ours"]
"""It was kept; it waits already; it is one of our own results, come back, and left alone."""


class Intake:
    """Takes films in."""

    def __init__(self, spool: Spool, ledger: Ledger, urgent: Rule, metrics: Metrics, wake: threading.Event) -> None:
        """Of nothing yet.

        Args:
            spool: where films are kept.
            ledger: where they are written down.
            urgent: which films are, whatever their sender says.
            metrics: the listener's.
            wake: set when a film has come.
        """
        self._spool = spool
        self._ledger = ledger
        self._urgent = urgent
        self._metrics = metrics
        self._wake = wake

    def recover(self) -> int:
        """Put what a crash left into the ledger; how many films wait."""
        self._spool.clear_incoming()
        self._spool.vault.clear_incoming()
        with self._spool.standstill.at_work():
            waiting = [each.film for each in self._spool.waiting()]
            for film_id in waiting:
                if self._ledger.state(film_id) is None:
                    self._ledger.receive(self._recovered(film_id), "recovered")
        return len(waiting)

    def _recovered(self, film_id: str) -> Film:
        """One that waits; of one that is damaged there is its id, and it becomes a dead letter when its turn comes."""
        try:
            with self._spool.vault.open(self._spool.path(film_id), film_id) as file:
                return Film.at(file)
        except DamagedError:
            return Film(film_id)

    def take(self, received: Path, sender: str, urgent: bool = False, arrived: Arrived | None = None) -> Answer:
        """A film in a file of incoming/, which is gone afterwards.

        Args:
            received: the file.
            sender: its AE title.
            urgent: whether the sender says so; the film's own header may say it too.
            arrived: what is told of it in the audit.

        Raises:
            NoRoomError: the sender shall try again.
            TooLargeError: the sender shall not.
            OSError: the disk refused; the sender shall try again.
        """
        try:
            with self._spool.vault.open(received) as file:
                film = Film.at(file, self._urgent)
            by = "sender" if urgent else "header" if film.urgent else ""
            said = {"sender": sender} | ({"urgent": by} if by else {})
            return self._counted(film, received, said, arrived or Arrived())
        finally:
            self._spool.vault.drop(received)

    def store(self, received: Path, sender: str, urgent: bool, arrived: Arrived | None = None) -> int:
        """As take; the status that the sender is told, which is SUCCESS only when the film is on the disk."""
        try:
            self.take(received, sender, urgent, arrived)
        except NoRoomError as error:
            log.warning("refused", sender=sender, reason=str(error))
            return OUT_OF_RESOURCES
        except TooLargeError as error:
            log.warning("refused", sender=sender, reason=str(error))
            return CANNOT_UNDERSTAND
        except Exception as error:  # the disk, or the ledger: the film is still the sender's
            log.exception("not kept", sender=sender, error=type(error).__name__)
            return OUT_OF_RESOURCES
        return SUCCESS

    def _counted(self, film: Film, received: Path, said: dict[str, str], arrived: Arrived) -> Answer:
        try:
            with self._spool.standstill.at_work():
                answer = self._take(film, received, said)
        except Exception as error:
            self._metrics.received.labels("full" if isinstance(error, ListenerError) else "failed").inc()
            arrived.add(film.study_instance_uid, REFUSED)
            raise
        self._metrics.received.labels(answer).inc()
        arrived.add(film.study_instance_uid, answer)
        log.info("received", film=film.id, answer=answer, **said)
        return answer

    def _take(self, film: Film, received: Path, said: dict[str, str]) -> Answer:
        if self._ledger.is_ours(film.sop_instance_uid):
            return "ours"
        if film.claims_to_be_ours:
            self._ledger.refuse(film, "own-result", **said)
            return "ours"
        if self._spool.path(film.id).exists() and self._ledger.state(film.id):
            if "urgent" in said:
                self._spool.hasten(film.id)
            self._ledger.append(film.id, "duplicate", **said)
            return "duplicate"
        self._spool.check_room()
        self._spool.keep(received, film.id, urgent="urgent" in said)
        self._ledger.receive(film, **said)
        self._wake.set()
        return "kept"
