"""/audit: who looked at or changed what, when; for administrators. What is written there: review.audit."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from pydantic import Field
from sqlalchemy import ColumnElement, Select, func, select

from review.audit import record
from review.database import Sessions
from review.door.access import Admin
from review.pages import render
from review.people import Audit, Reader
from review.queries import ListQuery, MaybeDay, within
from review.state import ReadingRoom

ROWS_PER_PAGE = 100
"""Rows of one page."""

COLUMNS = ("number", "at", "login", "reader", "action", "film", "detail")

router = APIRouter()


class Wanted(ListQuery):
    """Which rows, as the page's query says it."""

    reader: str = Field("", max_length=26)
    action: str = Field("", max_length=32)
    film: str = Field("", max_length=26)
    since: MaybeDay = None
    until: MaybeDay = None
    page: int = Field(1, ge=1, le=1_000_000)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What holds for them."""
        wanted = ((Audit.reader_id, self.reader), (Audit.action, self.action), (Audit.film_id, self.film))
        conditions: list[ColumnElement[bool]] = [column == value for column, value in wanted if value]
        return conditions + within(Audit.at, self.since, self.until)


Listed = Annotated[Wanted, Query()]


@router.get("/audit", response_class=HTMLResponse)
def get_audit(request: Request, person: Admin, wanted: Listed) -> Response:
    """The newest rows first."""
    with ReadingRoom.of(request).sessions.begin() as session:
        record(session, person, "audit.view", query=wanted.query())
        total = session.scalar(select(func.count(Audit.number)).where(*wanted.conditions())) or 0
        pages = max(1, -(-total // ROWS_PER_PAGE))
        wanted = wanted.model_copy(update={"page": min(wanted.page, pages)})
        rows = session.execute(_joined(wanted).limit(ROWS_PER_PAGE).offset((wanted.page - 1) * ROWS_PER_PAGE)).all()
        readers = session.scalars(select(Reader).order_by(Reader.name)).all()
        actions = session.scalars(select(Audit.action).distinct().order_by(Audit.action)).all()
    shown: dict[str, Any] = {"rows": rows, "total": total, "pages": pages, "wanted": wanted}
    return render(request, "audit.html", readers=readers, actions=actions, **shown)


@router.get("/audit.csv")
def get_csv(request: Request, person: Admin, wanted: Listed) -> Response:
    """All the rows that the page would show on all its pages."""
    with ReadingRoom.of(request).sessions.begin() as session:
        record(session, person, "audit.export", query=wanted.query())
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(ReadingRoom.of(request).sessions, wanted), media_type="text/csv", headers=headers)


def _joined(wanted: Wanted) -> Select[Audit, Reader]:
    joined = select(Audit, Reader).join(Reader, Reader.id == Audit.reader_id, isouter=True)
    return joined.where(*wanted.conditions()).order_by(Audit.number.desc())


def _lines(sessions: Sessions, wanted: Wanted) -> Iterator[str]:
    """The CSV file, some rows at a time."""
    yield _line(COLUMNS)
    with sessions() as session:
        for audit, reader in session.execute(_joined(wanted).execution_options(yield_per=1000)):
            person = (reader.login, reader.name) if reader else ("", "")
            detail = json.dumps(audit.detail, sort_keys=True)
            yield _line((audit.number, audit.at.isoformat(), *person, audit.action, audit.film_id or "", detail))


def _line(cells: tuple[Any, ...]) -> str:
    """A row; no cell of it is a formula to a spreadsheet (OWASP, CSV injection)."""
    written = io.StringIO()
    text = [str(cell) for cell in cells]
    csv.writer(written).writerow(
        [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in text]
    )
    return written.getvalue()
