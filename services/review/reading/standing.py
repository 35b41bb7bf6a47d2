"""What stands of all that readers said of a film, and what follows for the film."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from review.tables import Film, Opinion, State


def stack(opinions: Iterable[Opinion]) -> list[Opinion]:
    """One reader's opinions of one film that were not undone, the newest last; given in their order.

    An undo is a row of its own, which repeats the opinion before the undone one, or is withdrawn where there was none.
    """
    standing: list[Opinion] = []
    for each in opinions:
        if each.undoes is None:
            standing.append(each)
        elif standing:
            standing.pop()
    return standing


def of_reader(session: Session, film_id: str, reader_id: str) -> list[Opinion]:
    """All that a reader ever said of a film, in order."""
    query = select(Opinion).where(Opinion.film_id == film_id, Opinion.reader_id == reader_id)
    return list(session.scalars(query.order_by(Opinion.number)))


def current(session: Session, film_id: str) -> list[Opinion]:
    """The newest opinion of each reader on a film, those that are withdrawn left out."""
    query = select(Opinion).where(Opinion.film_id == film_id).order_by(Opinion.number)
    newest = {each.reader_id: each for each in session.scalars(query)}
    return sorted((each for each in newest.values() if not each.withdrawn), key=lambda each: each.number)


def settle(film: Film, opinions: Sequence[Opinion], second_read: bool) -> None:
    """Bring the film's state and label up to what stands.

    Args:
        opinions: the current ones, the newest last.
        second_read: whether a film whose first reader disagrees with the models is read by another one; and each film
            that was read blind, too: were it only the disputed ones, readers would be compared on those alone.
    """
    film.state, film.label = _state(opinions, film.blind, second_read)
    film.read_at = min((each.at for each in opinions), default=None)


def _state(opinions: Sequence[Opinion], blind: bool, second_read: bool) -> tuple[State, str | None]:
    if last_word := [each for each in opinions if each.arbitration and each.label]:
        return "settled", last_word[-1].label
    labels = [each.label for each in opinions if each.label]
    if not labels:
        return ("read", None) if any(each.refusal == "right" for each in opinions) else ("unread", None)
    if len(set(labels)) > 1:
        return "arbitration", None
    if len(labels) > 1:
        return "settled", labels[0]
    doubted = blind or any(each.agrees is False or each.refusal == "wrong" for each in opinions)
    return ("second_read", None) if doubted and second_read else ("read", labels[0])
