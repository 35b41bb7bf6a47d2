"""Forgets: first the tombstone, then what the gateway has to forget, then the database in one transaction with its row
of the audit, then the pictures.

A crash between two of these leaves what `again` finds and ends.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from erasure.asked import Asked, login, refuse_words
from erasure.errands import Errands
from erasure.sealed.vault import Vault
from erasure.tombstones import Tombstones
from review.amendments.queue import Amendment
from review.arrivals.merged import Merged
from review.arrivals.pictures import Pictures
from review.audit import record_first
from review.database import Sessions
from review.forgetting import emptied, scrub, searched
from review.forgetting.found import Found, find, find_again, find_expired
from review.people import AuditHead
from review.settings import Settings
from review.tables import Assessment, Film, Opinion

FORGET = "patient.forget"
"""What the audit calls it; films that only expire are old, and the gateway has long let go of them."""


@dataclass(frozen=True)
class Gone:
    """How much goes, or went; nothing of whom."""

    films: int = 0
    assessments: int = 0
    opinions: int = 0
    amendments: int = 0
    """That are kept of opinions on their way to the listener."""
    searches: int = 0
    audit_rows: int = 0
    """That are emptied of what was searched for."""

    def __str__(self) -> str:
        return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in asdict(self).items())

    def __add__(self, more: "Gone") -> "Gone":
        return Gone(**{name: count + getattr(more, name) for name, count in asdict(self).items()})


@dataclass(frozen=True)
class Forgetter:
    """Of one reading room."""

    sessions: Sessions
    pictures: Pictures
    tombstones: Tombstones

    @classmethod
    def of(cls, settings: Settings, sessions: Sessions) -> "Forgetter":
        """The one of a folder and a database."""
        pictures = Pictures(settings.pictures, vault=Vault.of(settings.folder, settings))
        return cls(sessions, pictures, Tombstones(settings.folder))

    def look(self, asked: Asked) -> Gone:
        """What would go.

        Raises:
            ValueError: it is not clear whose ID is meant, or the reason says who it is.
        """
        with self.sessions() as session:
            found = find(session, asked)
            asked.check_issuers(set(found.issuers))
            refuse_words(asked.reason, tuple(found.words))
            return sum((_counted(session, part) for part in found.parts()), Gone())

    def forget(self, asked: Asked) -> Gone:
        """Do it.

        Raises:
            ValueError: as look.
            OSError, SQLAlchemyError: it was not done, or not to its end: `again` goes on.
        """
        self.look(asked)
        with self.sessions() as session:
            found = find(session, asked)
        stone = asked.tombstone(self.tombstones.keyed, set(found.issuers), found.studies)
        self.tombstones.add(stone)
        why = {"reason": asked.reason, "names": list(stone.names)}
        return self._carry_out(lambda session: find(session, asked), FORGET, _by() | why)

    def again(self) -> Gone:
        """Forget all who were forgotten before: what a restored backup, or a crash, has left. Raises as forget."""
        with self.sessions() as session:
            films = list(session.scalars(select(Film.id).where(Film.forgotten.is_not(None))))
        for film in films:
            self.pictures.discard(film)
        why = _by() | {"reason": "again, as after a restore"}
        return self._carry_out(lambda session: find_again(session, self.tombstones), FORGET, why)

    def expire(self, days: float) -> Gone:
        """Let go of films that were read so many days ago; the database's file is not built anew. Raises as forget."""
        why = {"by": "reading room", "days": days}
        return self._carry_out(lambda session: find_expired(session, days), "film.expire", why, rebuild=False)

    def _carry_out(
        self, finds: Callable[[Session], Found], action: str, why: dict[str, Any], rebuild: bool = True
    ) -> Gone:
        total = Gone()
        with self.sessions() as session:
            found = finds(session)
        for part in found.parts() if found.films or found.merges or "names" in why else ():
            if action == FORGET:
                self._note(part)
            with self.sessions.begin() as session:
                total += _forget(session, part, action, why)
            for film in part.films:
                self.pictures.discard(film)
        if total.films or rebuild:
            scrub.scrub(self.sessions.kw["bind"], rebuild)
        return total

    def _note(self, part: Found) -> None:
        """What the gateway has to forget, too; before anything is emptied."""
        with self.sessions() as session:
            ids = session.scalars(select(Assessment.id).where(Assessment.film_id.in_(part.films))).all()
        Errands(self.tombstones.folder).add(ids)


def _forget(session: Session, part: Found, action: str, why: dict[str, Any]) -> Gone:
    """In the caller's transaction, with the row of the audit that says so."""
    gone = _counted(session, part)
    tokens, rows = searched.searches(session, part.words), searched.rows(session, part.words)
    record_first(session, None, action, **why, **asdict(gone))
    number = session.scalar(select(AuditHead.number)) or 0
    if part.films:
        emptied.empty(session, part.films, number)
    searched.empty(session, tokens, rows, number)
    session.execute(delete(Merged).where(tuple_(Merged.issuer, Merged.patient_id).in_(part.merges)))
    return gone


def _counted(session: Session, part: Found) -> Gone:
    def count(table: Any) -> int:
        return session.scalar(select(func.count()).select_from(table).where(table.film_id.in_(part.films))) or 0

    tokens, rows = searched.searches(session, part.words), searched.rows(session, part.words)
    assessments, opinions, amendments = map(count, (Assessment, Opinion, Amendment))
    return Gone(len(part.films), assessments, opinions, amendments, len(tokens), len(rows))


def _by() -> dict[str, Any]:
    return {"by": "command line", "login": login()}
