"""The worklist: which films, in which order."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from review.people import Role
from review.queries import ListQuery, MaybeDay, within
from review.reading import standing
from review.tables import Film
from vocabulary.conditions import ClassName

ROWS_PER_PAGE = 50
"""Rows of one page."""

MAX_FILMS_LOOKED_THROUGH = 5000
"""Films that `next` looks through, from the top of the list."""


class Wanted(ListQuery):
    """A worklist, as the page's query says it."""

    status: Literal["to_read", "unread", "read", "second_read", "arbitration", "settled", "mine", "all"] = "to_read"
    order: Literal["urgent", "newest"] = "urgent"
    outcome: Literal["", "assessed", "refused"] = ""
    predicted: Literal[""] | ClassName = ""
    since: MaybeDay = None
    until: MaybeDay = None
    search: str = Field("", max_length=100, exclude=True)
    """What is searched for: in forms, and never in an address, which names it by find."""
    find: str = Field("", max_length=16)
    """The token of a search."""
    page: int = Field(1, ge=1, le=100_000)

    def asked(self) -> str:
        """All of it, with what is searched for: for the audit alone."""
        told = self.model_dump(mode="json", exclude_defaults=True, exclude={"find"})
        return urlencode(({"search": self.search} if self.search else {}) | told)


class Worklist:
    """Of one reader, now."""

    def __init__(self, reader_id: str, role: Role, wait_cap_s: float) -> None:
        self._hidden = standing.hidden(reader_id)
        self._read_by_me = standing.read_by(reader_id)
        self._role = role
        self._wait_cap_s = wait_cap_s

    def count(self, session: Session, wanted: Wanted) -> int:
        """How many films there are."""
        return session.scalar(select(func.count()).select_from(Film).where(*self._conditions(wanted))) or 0

    def page(self, session: Session, wanted: Wanted) -> list[tuple[Film, bool, bool]]:
        """The films of a page; whether the models' answer is hidden from the reader, and whether they have read it."""
        order = self._order(wanted)
        ids = select(Film.id).where(*self._conditions(wanted)).order_by(*order).correlate(None)
        ids = ids.limit(ROWS_PER_PAGE).offset((wanted.page - 1) * ROWS_PER_PAGE)
        # What is shown of a film is looked up for those of the page alone.
        query = select(Film, self._hidden.label("hidden"), self._read_by_me.label("mine")).where(Film.id.in_(ids))
        return [(film, bool(hidden), bool(mine)) for film, hidden, mine in session.execute(query.order_by(*order))]

    def next(self, session: Session, wanted: Wanted, film_id: str) -> Film | None:
        """The film after this one on the list; the first one where this is not on it, or is the last."""
        query = select(Film.id).where(*self._conditions(wanted)).order_by(*self._order(wanted))
        ids = list(session.scalars(query.limit(MAX_FILMS_LOOKED_THROUGH)))
        after = ids[ids.index(film_id) + 1 :] if film_id in ids else []
        chosen = next((each for each in (*after, *ids) if each != film_id), None)
        return session.get(Film, chosen) if chosen else None

    def _conditions(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        conditions = [self._status(wanted.status), Film.forgotten.is_(None)]
        if wanted.outcome:
            conditions.append(Film.outcome == wanted.outcome)
        if wanted.predicted:  # which must not tell what is hidden
            conditions += [Film.predicted_class == wanted.predicted, ~self._hidden]
        conditions += within(Film.arrived, wanted.since, wanted.until)
        for word in wanted.search.casefold().split():
            conditions.append(Film.search.contains(word, autoescape=True))
        return conditions

    def _status(self, status: str) -> ColumnElement[bool]:
        if status == "all":
            return Film.id.is_not(None)
        if status == "mine":
            return self._read_by_me
        if status != "to_read":
            return Film.state == status
        mine = [Film.state == "unread", and_(Film.state == "second_read", ~self._read_by_me)]
        if self._role != "reader":
            mine.append(Film.state == "arbitration")
        return or_(*mine)

    def _order(self, wanted: Wanted) -> list[ColumnElement[Any]]:
        """Urgent: what has waited too long, then by probability; newest: by arrival.

        What the reader has to read blind is above all probabilities: its place between two films that tell theirs
        would tell its own, and a place further down could keep an urgent film waiting.
        """
        if wanted.order == "newest":
            return [Film.arrived.desc(), Film.id.desc()]
        long_ago = datetime.now(UTC) - timedelta(seconds=self._wait_cap_s)
        waited = case((and_(Film.state == "unread", Film.arrived < long_ago), 0), else_=1)
        urgency = case((self._hidden, 2.0), else_=Film.urgency)
        return [waited, urgency.desc(), Film.arrived.asc(), Film.id.asc()]
