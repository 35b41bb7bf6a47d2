"""/: the worklist."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review.door.access import Reading
from review.door.forms import MAX_FORM_BYTES
from review.pages import render
from review.people import Person
from review.reading import searches
from review.reading.asked import InSession, Listed, worklist_of
from review.reading.worklist import ROWS_PER_PAGE, Wanted
from review.state import ReadingRoom
from review.tables import Film, Opinion
from review.traces import encoded, row

router = APIRouter(max_body_size=MAX_FORM_BYTES)


@router.get("/", response_class=HTMLResponse)
def get_worklist(request: Request, person: Reading, session: InSession, wanted: Listed) -> Response:
    """The worklist."""
    shown = _listed(request, person, session, wanted)
    _record(request, person, shown, again=True)
    return render(request, "worklist.html", **shown)


@router.get("/next")
def get_next(request: Request, person: Reading, session: InSession, wanted: Listed) -> Response:
    """Open the first film of the list that nobody else has."""
    film = worklist_of(request, person).next(session, wanted, "", ReadingRoom.of(request).claims)
    query = wanted.query(page=wanted.page)
    path = f"/films/{film.id}" if film else "/"
    return RedirectResponse(f"{path}?{query}" if query else path, HTTPStatus.SEE_OTHER)


@router.post("/worklist", response_class=HTMLResponse)
def post_worklist(request: Request, person: Reading, session: InSession, asked: Annotated[Wanted, Form()]) -> Response:
    """Another list, which may be searched: a patient's name is in no address, which proxies and browsers keep."""
    words = asked.search.strip()
    token = searches.keep(session, person.id, words) if words else ""
    query = asked.model_copy(update={"find": token}).query()
    return RedirectResponse(f"/?{query}" if query else "/", HTTPStatus.SEE_OTHER)


@router.get("/worklist/rows", response_class=HTMLResponse)
def get_rows(request: Request, person: Reading, session: InSession, wanted: Listed) -> Response:
    """Its rows alone, for the page to bring itself up to date; recorded where there is anything new in them."""
    shown = _listed(request, person, session, wanted)
    _record(request, person, shown)
    return render(request, "rows.html", **shown)


@router.get("/status")
def get_status(request: Request, person: Reading, session: InSession) -> dict[str, Any]:
    """Whether the gateway answers, and a mark that changes whenever the worklist does."""
    about = func.count(), func.max(Film.arrived), func.count(Film.dismissed), func.max(Film.dismissed)
    films = session.execute(select(*about)).one()
    last = session.scalar(select(func.max(Opinion.number)))
    mark = " ".join(str(each) for each in (*films, last))
    return {"gateway": ReadingRoom.of(request).watch.ready, "mark": mark}


def _listed(request: Request, person: Person, session: Session, wanted: Wanted) -> dict[str, Any]:
    worklist = worklist_of(request, person)
    total, elsewhere = worklist.count(session, wanted)
    pages = max(1, -(-total // ROWS_PER_PAGE))
    wanted = wanted.model_copy(update={"page": min(wanted.page, pages)})
    shown = {"films": worklist.page(session, wanted, total), "total": total, "pages": pages, "wanted": wanted}
    return shown | {"elsewhere": elsewhere, "left_out": ReadingRoom.of(request).settings.left_out}


def _record(request: Request, person: Person, shown: dict[str, Any], again: bool = False) -> None:
    """Which list, and whose names and thumbnails were on it."""
    wanted: Wanted = shown["wanted"]
    films = [film.id for film, *_ in shown["films"]]
    names, action = [wanted, *map(row, films)], "worklist.search" if wanted.search else "worklist.view"
    ReadingRoom.of(request).traces.leave(person, names, action, again=again, query=encoded(wanted.asked()), films=films)
