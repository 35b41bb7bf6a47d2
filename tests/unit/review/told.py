"""What the folds of histories make of a site whose readers have said this and that."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from review.tables import Film, Opinion
from tests.unit.review import histories

Fold = Callable[[Sequence[Opinion]], Opinion | None]


class Told:
    """Read once; session is what it was read with."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.films = {film.id: film for film in session.scalars(select(Film))}
        self.readers = [login.upper().ljust(26, "0") for login in histories.ROLES]
        self.histories = histories.histories(session)

    def pairs(self) -> Iterator[tuple[Film, str, list[Opinion]]]:
        """Every film with every reader and what this one said of it, which may be nothing."""
        for film, reader in product(self.films.values(), self.readers):
            yield film, reader, self.histories.get((film.id, reader), [])

    def folded(self, fold: Fold) -> list[Opinion]:
        """What a fold finds in each history in which it finds something."""
        return [each for history in self.histories.values() if (each := fold(history))]

    def standing(self, film: Film) -> list[Opinion]:
        """What stands of one film, the newest last."""
        found = (histories.standing(self.histories.get((film.id, reader), [])) for reader in self.readers)
        return sorted((each for each in found if each), key=lambda each: each.number)

    def stood_by(self, opinions: Iterable[Opinion]) -> list[Opinion]:
        """Those whose reader has not taken all back."""
        return [each for each in opinions if histories.standing(self.histories[each.film_id, each.reader_id])]

    def numbers(self, statement: Select[Any]) -> list[int]:
        """Of the opinions that a statement selects, in order."""
        return sorted(self.session.scalars(statement))


def numbers(opinions: Iterable[Any]) -> list[int]:
    """Of opinions, in order."""
    return sorted(each.number for each in opinions)
