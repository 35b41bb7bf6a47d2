"""What may be taught now: by the films that readers have settled on, and those of them that were read blind."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from review.reading.standing import blind_readings, drawn, stood_by
from review.tables import Film, Opinion
from vocabulary.conditions import CLASSES

MIN_OF_A_CLASS = 15
"""Films, settled, of each class, below which nothing is taught."""

NEEDED = {
    "calibration and operating points": (50, 20),
    "the classifier's head": (200, 100),
    "the classifier's last blocks too": (500, 100),
}
"""What is taught, to settled films that it needs, and how many of these read blind, to judge it.

Source: simulated hospitals. With 50 labels a new head raised the AUROC at one of three and lowered it at another, while
calibration always lowered the log loss; with 200, no candidate that passed was worse at the first, and some were at
another; 34 films could not judge."""


@dataclass(frozen=True)
class Step:
    """Something that may be taught, or may not yet."""

    name: str
    missing: list[str]
    """What it waits for, in words; empty where it may be taught."""


@dataclass(frozen=True)
class Counted:
    """Films of each class, in the order of CLASSES."""

    settled: dict[str, int]
    blind: dict[str, int]
    """Of these, those that were drawn by chance to be read blind, and that somebody read so."""

    @property
    def steps(self) -> list[Step]:
        """The least first."""
        return [Step(name, self._missing(*needed)) for name, needed in NEEDED.items()]

    def _missing(self, labels: int, blind: int) -> list[str]:
        settled, judging = sum(self.settled.values()), sum(self.blind.values())
        least = min(self.settled.values())
        told = [f"{labels} settled films: there are {settled}"] if settled < labels else []
        told += [f"{MIN_OF_A_CLASS} of each class: one has {least}"] if least < MIN_OF_A_CLASS else []
        return told + ([f"{blind} of them read blind: there are {judging}"] if judging < blind else [])


def count(session: Session) -> Counted:
    """How many there are now."""
    settled = select(Film.label, func.count()).where(Film.state == "settled").group_by(Film.label)
    read_blind = blind_readings(Opinion.film_id).where(stood_by(), drawn())
    return Counted(_by_class(session, settled), _by_class(session, settled.where(Film.id.in_(read_blind))))


def _by_class(session: Session, query: "Select[str | None, int]") -> dict[str, int]:
    found = {label: films for label, films in session.execute(query)}
    return {name: found.get(name, 0) for name in CLASSES}
