"""The worklist: which films, in which order."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

from pydantic import AfterValidator, Field
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from review.claims import Claims
from review.people import Role
from review.queries import ListQuery, MaybeDay, within
from review.reading import standing
from review.sources import Source
from review.tables import Assessment, Dropped, Film
from review.urgency import WAITED
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

    def count(self, session: Session, wanted: Wanted) -> int:
        """How many films there are."""
        return session.scalar(select(func.count()).select_from(Film).where(*self._conditions(wanted))) or 0

    def page(self, session: Session, wanted: Wanted) -> list[Row]:
        """The films of a page."""
        listed = self._ordered(wanted).limit(ROWS_PER_PAGE).offset((wanted.page - 1) * ROWS_PER_PAGE).subquery()
        # What is shown of a film is looked up for those of the page alone.
        shown = Film, self._hidden.label("hidden"), self._read_by_me.label("mine"), Assessment.body, Assessment.zones
        query = select(*shown).join(listed, listed.c.id == Film.id)
        query = query.join(Assessment, Assessment.id == Film.assessment_id)
        rows = session.execute(query.order_by(*_order(listed.c, wanted)))
        return [Row(film, bool(hidden), bool(mine), body, zones) for film, hidden, mine, body, zones in rows]

    def next(self, session: Session, wanted: Wanted, film_id: str, claims: Claims | None = None) -> Film | None:
        """The film after this one on the list; the first one where this is not on it, or is the last.

        Args:
            session: of the database.
            wanted: the list.
            film_id: the one that the reader has open; empty: none.
            claims: who has which film; of a list of films to be read, those that somebody else has are left out.
        """
        rows = list(session.execute(self._ordered(wanted).limit(MAX_FILMS_LOOKED_THROUGH)))
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
        conditions = [self._status(wanted.status), *self._source(wanted.source), Film.forgotten.is_(None)]
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

    def _ordered(self, wanted: Wanted) -> Select[Any]:
        """The list's films, with what they are ordered by."""
        columns = Film.id, Film.state, Film.arrived, Film.urgent, self._place().label("place")
        chosen = select(*columns).where(*self._conditions(wanted)).subquery()
        return select(chosen).order_by(*_order(chosen.c, wanted))

    def _place(self) -> ColumnElement[float]:
        """Where a film stands among the others, 0 (last) to 1, by how urgent it is; for a select of films.

        A film that the reader has to read blind stands where chance puts it: between two films that tell their
        urgency, any other place would tell its own. On top it would keep urgent films waiting. After it has waited too
        long it stands where all do that have.
        """
        waited = and_(Film.state == "unread", Film.arrived < self._long_ago)
        by_chance = and_(self._hidden, ~waited)
        urgency = case(
            (and_(waited, or_(self._hidden, Film.urgency < WAITED)), WAITED),
            else_=Film.urgency,
        )
        rank = func.percent_rank().over(partition_by=[by_chance, Film.urgent], order_by=urgency)
        return case((by_chance, Film.place), else_=rank)


def _work(row: Any) -> str:
    """What somebody may claim: a film as it is now. Whoever has read it leaves the second read to others at once."""
    return f"{row.id} {row.state}"


def _order(columns: Any, wanted: Wanted) -> list[ColumnElement[Any]]:
    """Newest: by arrival; urgent: what was sent as urgent, then by place, then what came first."""
    if wanted.order == "newest":
        return [columns.arrived.desc(), columns.id.desc()]
    return [columns.urgent.desc(), columns.place.desc(), columns.arrived.asc(), columns.id.asc()]
