"""What may be taught now: by the films that readers have settled on or measured, and those that were read blind."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from certificates.allowed import Enough, Lack, Step, correcting
from review.reading.standing import blind_readings, drawn, stood_by
from review.tables import Film, Opinion
from vocabulary.conditions import CLASSES
from vocabulary.problems.known import NUMBERS


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


@dataclass(frozen=True)
class Measured:
    """Films of a problem whose answer is a number."""

    problem: str
    films: int
    """With a number that a reader said before the models' was shown."""
    drawn: int
    """Those of them that chance chose to be read so."""

    @property
    def missing(self) -> list[Lack]:
        """What teaching a correction waits for; empty where it may be taught."""
        return correcting(self.films, self.drawn)


def measured(session: Session) -> list[Measured]:
    """Of each problem of which there are films, how many were measured."""
    there = session.scalars(select(Film.problem).where(Film.problem.in_(NUMBERS)).distinct())
    said = blind_readings(Opinion.film_id).where(stood_by(), Opinion.value.is_not(None))
    counted = select(func.count(), func.count().filter(Film.blind.is_(True))).where(
        Film.forgotten.is_(None), Film.id.in_(said)
    )
    return [
        Measured(problem, *session.execute(counted.where(Film.problem == problem)).one()) for problem in sorted(there)
    ]


def count(session: Session) -> Counted:
    """How many there are now."""
    there = Film.state == "settled", Film.forgotten.is_(None)
    settled = select(Film.label, func.count()).where(*there).group_by(Film.label)
    read_blind = blind_readings(Opinion.film_id).where(stood_by(), drawn())
    return Counted(_by_class(session, settled), _by_class(session, settled.where(Film.id.in_(read_blind))))


def _by_class(session: Session, query: "Select[str | None, int]") -> dict[str, int]:
    found = {label: films for label, films in session.execute(query)}
    return {name: found.get(name, 0) for name in CLASSES}
