"""What stands of all that readers said, and what is hidden from whom: each rule once, in the database.

A reader's opinions of a film are a history of rows that are only added to. The newest row counts: an undo is a row of
its own, which repeats the opinion before the undone one, or is withdrawn where there was none. The same rules as folds
over a history in Python are `stack` here and tests/unit/review/histories.py; random histories hold the two together.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from review.tables import Film, Opinion, Sitting

ONE, NEWER = aliased(Opinion), aliased(Opinion)
"""The opinion that is asked about in a statement of its own, and any newer one of the same reader and film. Made once:
each is a table of many columns."""


def standing_opinions(*columns: Any) -> Select[Any]:
    """The opinions that stand, of all films and readers, one a reader and film; where() narrows it down.

    Args:
        columns: what is read of each: Opinion, or columns of it.
    """
    return select(*columns).select_from(Opinion).where(_stands(Opinion))


def blind_readings(*columns: Any) -> Select[Any]:
    """What readers said before they saw the models' answer, one a reader and film, even if they took it back later.

    Args:
        columns: what is read of each: Opinion, or columns of it.
    """
    return (
        select(*columns)
        .select_from(Opinion)
        .where(_said_blind(Opinion), ~exists(NEWER.number).where(_is_newer(NEWER, Opinion), _said_blind(NEWER)))
    )


def stood_by() -> ColumnElement[bool]:
    """That the reader of an opinion has not taken back all that they said of its film; for a select of opinions."""
    return exists(ONE.number).where(_same_history(ONE, Opinion), _stands(ONE)).correlate(Opinion)


def read_by(reader_id: str) -> ColumnElement[bool]:
    """That an opinion of this reader stands; for a select of films."""
    return exists(ONE.number).where(ONE.film_id == Film.id, ONE.reader_id == reader_id, _stands(ONE)).correlate(Film)


def hidden(reader_id: str) -> ColumnElement[bool]:
    """That the models' answer is hidden from this reader; for a select of films.

    It is on a film that is to be read blind, or that they have opened blind, and of which they have said nothing yet;
    what they take back was said all the same.
    """
    opened_blind = _opened(reader_id, Sitting.blind.is_(True))
    return and_(or_(Film.blind.is_(True), opened_blind), Film.outcome == "assessed", ~_has_said(reader_id))


def can_be_blind(reader_id: str) -> ColumnElement[bool]:
    """That this reader can be the first to read a film blind; for a select of films.

    Nobody has said anything blind of it, and the reader has neither had an answer on the screen nor said anything.
    """
    shown = _opened(reader_id, Sitting.assessment_id.is_not(None))
    read_blind = exists(ONE.number).where(ONE.film_id == Film.id, _said_blind(ONE)).correlate(Film)
    return and_(Film.outcome == "assessed", ~read_blind, ~shown, ~_has_said(reader_id))


def drawn() -> ColumnElement[bool]:
    """That the film of an opinion was drawn by chance to be read blind; for a select of opinions.

    Other films are read blind because they were chosen: the models look worse on these than they are.
    """
    return exists(Film.id).where(Film.id == Opinion.film_id, Film.blind.is_(True)).correlate(Opinion)


def current(session: Session, film_id: str) -> list[Opinion]:
    """The opinions that stand of one film, the newest last."""
    return list(session.scalars(standing_opinions(Opinion).where(Opinion.film_id == film_id).order_by(Opinion.number)))


def of_reader(session: Session, film_id: str, reader_id: str) -> list[Opinion]:
    """All that a reader ever said of a film, in order."""
    query = select(Opinion).where(Opinion.film_id == film_id, Opinion.reader_id == reader_id)
    return list(session.scalars(query.order_by(Opinion.number)))


def stack(opinions: Iterable[Opinion]) -> list[Opinion]:
    """One reader's opinions of one film that were not undone, the newest last; given in their order."""
    said: list[Opinion] = []
    for each in opinions:
        if each.undoes is None:
            said.append(each)
        elif said:
            said.pop()
    return said


def _has_said(reader_id: str) -> ColumnElement[bool]:
    return exists(ONE.number).where(ONE.film_id == Film.id, ONE.reader_id == reader_id).correlate(Film)


def _opened(reader_id: str, how: ColumnElement[bool]) -> ColumnElement[bool]:
    """That this reader had a sitting of that kind; for a select of films. The sittings are read once, not for each."""
    return Film.id.in_(select(Sitting.film_id).where(Sitting.reader_id == reader_id, how))


def _stands(rows: type[Opinion]) -> ColumnElement[bool]:
    """That rows of this table, or alias, are the newest of their reader and film, and not withdrawn."""
    return and_(rows.withdrawn.is_(False), ~exists(NEWER.number).where(_is_newer(NEWER, rows)).correlate(rows))


def _said_blind(rows: type[Opinion]) -> ColumnElement[bool]:
    """That rows were said blind; an undo repeats one that was."""
    return and_(rows.blind.is_(True), rows.undoes.is_(None))


def _is_newer(newer: type[Opinion], rows: type[Opinion]) -> ColumnElement[bool]:
    return and_(_same_history(newer, rows), newer.number > rows.number)


def _same_history(one: type[Opinion], other: type[Opinion]) -> ColumnElement[bool]:
    return and_(one.film_id == other.film_id, one.reader_id == other.reader_id)
