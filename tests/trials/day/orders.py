"""The worklist's order: the real one, and the one that it had before."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import insert, update

from review.reading.worklist import Wanted, Worklist
from review.tables import Assessment, Film
from tests.trials.day.films import Made
from tests.unit.review.site import found

WAIT_CAP_S = 3600.0
"""As REVIEW_WAIT_CAP_S."""


class Order(Protocol):
    """Says which film is next."""

    def __init__(self, folder: Path) -> None: ...

    def arrive(self, number: int, film: Made) -> None:
        """A film comes."""

    def next(self, now: datetime) -> int:
        """The number of the first film of the list, which is read then."""


class AsBefore:
    """Until version 0.1: films that have waited too long, then all blind ones, then by P(interstitial pneumonia)."""

    def __init__(self, folder: Path) -> None:
        self._waiting: dict[int, Made] = {}

    def arrive(self, number: int, film: Made) -> None:
        """A film comes."""
        self._waiting[number] = film

    def next(self, now: datetime) -> int:
        """The number of the first film of the list, which is read then."""
        long_ago = now - timedelta(seconds=WAIT_CAP_S)

        def key(number: int) -> tuple[bool, float, datetime]:
            film = self._waiting[number]
            return film.arrived >= long_ago, -(2.0 if film.blind else film.probabilities[0]), film.arrived

        first = min(self._waiting, key=key)
        del self._waiting[first]
        return first


class Served:
    """The reading room's own, with its database."""

    def __init__(self, folder: Path) -> None:
        self._site = found(folder)
        self._reader = self._site.reader("ada")
        self._numbers: dict[str, int] = {}

    def arrive(self, number: int, film: Made) -> None:
        """A film comes."""
        row = self._site.film(film.probabilities, arrived=film.arrived, blind=film.blind)
        self._numbers[row["id"]] = number
        with self._site.sessions.begin() as session:
            session.execute(insert(Film), [row])
            session.execute(insert(Assessment), [self._site.assessments[-1]])

    def next(self, now: datetime) -> int:
        """The number of the first film of the list, which is read then."""
        worklist = Worklist(self._reader, "reader", WAIT_CAP_S, now=now)
        with self._site.sessions.begin() as session:
            film = worklist.page(session, Wanted())[0].film
            session.execute(update(Film).where(Film.id == film.id).values(state="settled"))
            return self._numbers[film.id]
