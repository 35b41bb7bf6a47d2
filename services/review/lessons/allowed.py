"""What may be taught now: by the films that readers have settled on, and those of them that were read blind."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from certificates.allowed import Enough, Step
from review.reading.standing import blind_readings, drawn, stood_by
from review.tables import Film, Opinion
from vocabulary.conditions import CLASSES


@dataclass(frozen=True)
class Counted:
    """Films of each class, in the order of CLASSES."""

    settled: dict[str, int]
    blind: dict[str, int]
    """Of these, those that were drawn by chance to be read blind, and that somebody read so."""

    @property
    def steps(self) -> list[Step]:
        """What may be taught, the least first."""
        return Enough.of(self.settled, sum(self.blind.values())).steps


def count(session: Session) -> Counted:
    """How many there are now."""
    there = Film.state == "settled", Film.forgotten.is_(None)
    settled = select(Film.label, func.count()).where(*there).group_by(Film.label)
    read_blind = blind_readings(Opinion.film_id).where(stood_by(), drawn())
    return Counted(_by_class(session, settled), _by_class(session, settled.where(Film.id.in_(read_blind))))


def _by_class(session: Session, query: "Select[str | None, int]") -> dict[str, int]:
    found = {label: films for label, films in session.execute(query)}
    return {name: found.get(name, 0) for name in CLASSES}
