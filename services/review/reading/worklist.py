"""The worklist: which films, in which order."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from review.claims import Claims
from review.people import Role
from review.queries import ListQuery, MaybeDay, within
from review.reading import order, standing
from review.sources import Source
from review.tables import Assessment, Dropped, Film
from vocabulary.conditions import ClassName
from vocabulary.problems.known import PROBLEMS

ROWS_PER_PAGE = 50
"""Rows of one page."""

MAX_FILMS_LOOKED_THROUGH = 5000
"""Films that `next` looks through, from the top of the list."""


TO_BE_READ = ("to_read", "unread", "second_read", "arbitration")
"""Lists of films that one reader more has to read."""


def _known(problem: str) -> str:
    if problem and problem not in PROBLEMS:
        raise ValueError("no such problem")
    return problem


class Wanted(ListQuery):
    """A worklist, as the page's query says it."""

    status: Literal[
        "to_read", "unread", "read", "second_read", "arbitration", "settled", "mine", "dismissed", "all"
    ] = "to_read"
    source: Literal["", "any", "mine", "dropped", "modality", "api", "test"] = ""
    order: Literal["urgent", "newest"] = "urgent"
    outcome: Literal["", "assessed", "refused"] = ""
    predicted: Literal[""] | ClassName = ""
    problem: Annotated[str, Field(max_length=32), AfterValidator(_known)] = ""
    """What was asked of the films; empty: whatever it was."""
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


class Counted(NamedTuple):
    """How many films of a list there are."""

    listed: int
    elsewhere: int
    """More from other sources, where none is asked for."""


class Row(NamedTuple):
    """A film of the list, as its reader may see it."""

    film: Film
    hidden: bool
    """Whether the models' answer is hidden from the reader."""
    mine: bool
    """Whether they have read it."""
    answer: dict[str, Any]
    """The gateway's JSON."""
    zones: dict[str, str] | None
    """Class to where its heat is highest."""


class Worklist:
    """Of one reader."""

    def __init__(
        self,
        reader_id: str,
        role: Role,
        wait_cap_s: float,
        sources: Iterable[Source] = ("modality",),
        now: datetime | None = None,
    ) -> None:
        """Of one reader.

        Args:
            reader_id: whose.
            role: theirs.
            wait_cap_s: how long an unread film may wait before that counts.
            sources: whose films are listed where none is asked for, beside what readers dropped.
            now: when it is looked at; None: now.
        """
        self._reader_id = reader_id
        self._hidden = standing.hidden(reader_id)
        self._read_by_me = standing.read_by(reader_id)
        self._dropped_by_me = Film.id.in_(select(Dropped.film_id).where(Dropped.reader_id == reader_id))
        self._role = role
        self._sources = ("dropped", "feed", *sources)
        self._long_ago = (now or datetime.now(UTC)) - timedelta(seconds=wait_cap_s)

    def count(self, session: Session, wanted: Wanted) -> Counted:
        """How many films there are."""
        conditions, source = self._conditions(wanted), self._source(wanted.source)
        films = select(func.count()).select_from(Film).where(*conditions)
        if wanted.source:
            return Counted(session.scalar(films.where(*source)) or 0, 0)
        listed, all_ = session.execute(films.with_only_columns(func.count().filter(*source), func.count())).one()
        return Counted(listed, all_ - listed)

    def page(self, session: Session, wanted: Wanted, total: int | None = None) -> list[Row]:
        """The films of a page.

        Args:
            session: of the database.
            wanted: the list, and which of its pages.
            total: films of the list, where that is known: a page near the end of a long list by arrival is then found
                from its end.
        """
        listed = self._of_page(wanted, total).subquery()
        # What is shown of a film is looked up for those of the page alone.
        shown = Film, self._hidden.label("hidden"), self._read_by_me.label("mine"), Assessment.body, Assessment.zones
        query = select(*shown).join(listed, listed.c.id == Film.id)
        query = query.join(Assessment, Assessment.id == Film.assessment_id)
        rows = session.execute(query.order_by(*_order(wanted)(listed.c)))
        return [Row(film, bool(hidden), bool(mine), body, zones) for film, hidden, mine, body, zones in rows]

    def next(self, session: Session, wanted: Wanted, film_id: str, claims: Claims | None = None) -> Film | None:
        """The film after this one on the list; the first one where this is not on it, or is the last.

        Args:
            session: of the database.
            wanted: the list.
            film_id: the one that the reader has open; empty: none.
            claims: who has which film; of a list of films to be read, those that somebody else has are left out.
        """
        listed = self._listed(wanted)
        ordered = listed.order_by(*_order(wanted)(listed.selected_columns))
        rows = list(session.execute(ordered.limit(MAX_FILMS_LOOKED_THROUGH)))
        here = next((at for at, row in enumerate(rows) if row.id == film_id), None)
        others = [row for row in rows[(here or 0) :] + rows if row.id != film_id]
        if claims and wanted.status in TO_BE_READ:
            open_now = _work(rows[here]) if here is not None else ""
            led = claims.lead(self._reader_id, open_now, map(_work, others))
            chosen = next((row.id for row in others if _work(row) == led), None)
        else:
            chosen = others[0].id if others else None
        return session.get(Film, chosen) if chosen else None

    def _conditions(self, wanted: Wanted) -> list[ColumnElement[bool]]:
        """All but where films come from."""
        conditions = [self._status(wanted.status), Film.forgotten.is_(None)]
        if wanted.outcome:
            conditions.append(Film.outcome == wanted.outcome)
        if wanted.problem:
            conditions.append(Film.problem == wanted.problem)
        if wanted.predicted:  # which must not tell what is hidden
            conditions += [Film.predicted_class == wanted.predicted, ~self._hidden]
        conditions += within(Film.arrived, wanted.since, wanted.until)
        for word in wanted.search.casefold().split():
            conditions.append(Film.search.contains(word, autoescape=True))
        return conditions

    def _source(self, source: str) -> list[ColumnElement[bool]]:
        if source == "any":
            return []
        if source == "mine":
            return [self._dropped_by_me]
        return [Film.source == source] if source else [or_(Film.source.in_(self._sources), self._dropped_by_me)]

    def _status(self, status: str) -> ColumnElement[bool]:
        if status == "all":
            return Film.id.is_not(None)
        if status == "dismissed":
            return Film.dismissed.is_not(None)
        return and_(Film.dismissed.is_(None), self._read_by_me if status == "mine" else self._state(status))

    def _state(self, status: str) -> ColumnElement[bool]:
        if status != "to_read":
            return Film.state == status
        mine = [Film.state == "unread", and_(Film.state == "second_read", ~self._read_by_me)]
        if self._role != "reader":
            mine.append(Film.state == "arbitration")
        return or_(*mine)

    def _listed(self, wanted: Wanted) -> Select[Any]:
        """The list's films, with what they are ordered by."""
        conditions = [*self._conditions(wanted), *self._source(wanted.source)]
        if wanted.order == "newest":
            return order.arrivals(conditions)
        return order.placed(conditions, self._hidden, self._long_ago)

    def _of_page(self, wanted: Wanted, total: int | None) -> Select[Any]:
        """The films of a page, in any order."""
        listed, first = self._listed(wanted), (wanted.page - 1) * ROWS_PER_PAGE
        columns = listed.selected_columns
        if wanted.order == "newest" and total is not None and total // 2 < first < total:
            rows = min(ROWS_PER_PAGE, total - first)
            return listed.order_by(*order.oldest(columns)).limit(rows).offset(total - first - rows)
        return listed.order_by(*_order(wanted)(columns)).limit(ROWS_PER_PAGE).offset(first)


def _work(row: Any) -> str:
    """What somebody may claim: a film as it is now. Whoever has read it leaves the second read to others at once."""
    return f"{row.id} {row.state}"


def _order(wanted: Wanted) -> Callable[[order.Columns], list[ColumnElement[Any]]]:
    return order.newest if wanted.order == "newest" else order.most_urgent
