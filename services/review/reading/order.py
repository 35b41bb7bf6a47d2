"""In which order films are listed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from review.tables import Film
from review.urgency import WAITED

Columns = Any
"""What the columns id, arrived, and for the most urgent urgent and place, are read of."""


def newest(columns: Columns) -> list[ColumnElement[Any]]:
    """By arrival, the last first."""
    return [columns.arrived.desc(), columns.id.desc()]


def oldest(columns: Columns) -> list[ColumnElement[Any]]:
    """The other way round."""
    return [columns.arrived.asc(), columns.id.asc()]


def most_urgent(columns: Columns) -> list[ColumnElement[Any]]:
    """What was sent as urgent, then by place, then what came first."""
    return [columns.urgent.desc(), columns.place.desc(), *oldest(columns)]


def arrivals(conditions: list[ColumnElement[bool]]) -> Select[Any]:
    """Films, with what they are listed by where that is their arrival alone."""
    columns: tuple[Any, ...] = Film.id, Film.state, Film.arrived
    return select(*columns).where(*conditions)


def placed(conditions: list[ColumnElement[bool]], hidden: ColumnElement[bool], long_ago: datetime) -> Select[Any]:
    """Films, each with its place among the others, 0 (last) to 1, by how urgent it is.

    A film that the reader has to read blind stands where chance puts it: between two films that tell their
    urgency, any other place would tell its own. On top it would keep urgent films waiting. After it has waited too
    long it stands where all do that have.

    Args:
        conditions: which films.
        hidden: that the models' answer is hidden from the reader.
        long_ago: what arrived before and is unread has waited too long.
    """
    told = Film.id, Film.state, Film.arrived, Film.urgent, Film.urgency, Film.place
    waited = and_(Film.state == "unread", Film.arrived < long_ago)
    films = select(*told, hidden.label("hidden"), waited.label("waited")).where(*conditions)
    # Else whether an answer is hidden is looked up for a film as often as it is asked for here.
    film = films.cte("chosen").prefix_with("MATERIALIZED").c
    by_chance = and_(film.hidden, ~film.waited)
    urgency = case((and_(film.waited, or_(film.hidden, film.urgency < WAITED)), WAITED), else_=film.urgency)
    rank = func.percent_rank().over(partition_by=[by_chance, film.urgent], order_by=urgency)
    place = case((by_chance, film.place), else_=rank)
    return select(film.id, film.state, film.arrived, film.urgent, place.label("place"))
