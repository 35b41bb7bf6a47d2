"""/: the worklist, and /films: each film, its pictures, and what readers say of it."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from client.gateway import Wish
from review.arrivals.pictures import is_name
from review.audit import record
from review.door.access import Reading
from review.errors import HiddenError, InvalidError, NotFoundError
from review.pages import render
from review.people import Person
from review.reading import opinions
from review.reading.contract import FilmState
from review.reading.film_state import film_state
from review.reading.worklist import ROWS_PER_PAGE, Wanted, Worklist
from review.schema import AtSitting, Given
from review.state import ReadingRoom
from review.tables import Film, Opinion, Sitting

FOR_A_YEAR = "private, max-age=31536000, immutable"
"""A picture's address names its film, and its assessment: what is there never changes."""

MAX_OPINION_BYTES = 8 * 1024 * 1024
"""Bytes of an opinion: 50 shapes of 2000 points have fewer. It is read before who sends it is asked who they are."""

WORTH = "learn"
"""Where a film page says it comes from, if that is the page of the films worth labelling."""

AUDITED: dict[Wish, str] = {"despite_refusal": "film.assess_anyway", "correct": "film.correct"}
"""What a refused film is assessed for a reader's sake as, in the audit."""

router = APIRouter(max_body_size=MAX_OPINION_BYTES)


def in_session(request: Request) -> Iterator[Session]:
    """A session of the database, committed when the request is done, rolled back when it fails."""
    with ReadingRoom.of(request).sessions.begin() as session:
        yield session


InSession = Annotated[Session, Depends(in_session, scope="function")]
Listed = Annotated[Wanted, Query()]


@router.get("/", response_class=HTMLResponse)
def get_worklist(request: Request, person: Reading, session: InSession, wanted: Listed) -> Response:
    """The worklist."""
    return render(request, "worklist.html", **_listed(request, person, session, wanted))


@router.get("/worklist/rows", response_class=HTMLResponse)
def get_rows(request: Request, person: Reading, session: InSession, wanted: Listed) -> Response:
    """Its rows alone, for the page to bring itself up to date."""
    return render(request, "rows.html", **_listed(request, person, session, wanted))


@router.get("/status")
def get_status(request: Request, person: Reading, session: InSession) -> dict[str, Any]:
    """Whether the gateway answers, and a mark that changes whenever the worklist does."""
    films = session.execute(select(func.count(), func.max(Film.arrived))).one()
    last = session.scalar(select(func.max(Opinion.number)))
    return {"gateway": ReadingRoom.of(request).watch.ready, "mark": f"{films[0]} {films[1]} {last}"}


@router.get("/films/{film_id}", response_class=HTMLResponse)
def get_film(
    request: Request,
    person: Reading,
    session: InSession,
    wanted: Listed,
    film_id: str,
    came_from: Annotated[str, Query(alias="from", max_length=16)] = "",
) -> Response:
    """The film, to be read; blind first where it comes from the films worth labelling."""
    film = find(session, film_id)
    blind_first = came_from == WORTH and ReadingRoom.of(request).settings.blind_worth
    sitting = opinions.open_sitting(session, film, person.id, blind_first)
    record(session, person, "film.view", film.id, blind=sitting.blind)
    session.flush()
    state = _state(request, person, session, film, sitting, wanted)
    return render(request, "film.html", state=state.model_dump(mode="json"), film=film)


@router.get("/films/{film_id}/state")
def get_state(
    request: Request, person: Reading, session: InSession, wanted: Listed, film_id: str, sitting: str
) -> FilmState:
    """What the page knows, again."""
    film = find(session, film_id)
    found = opinions.find_sitting(session, sitting, film, person.id)
    return _state(request, person, session, film, found, wanted)


@router.post("/films/{film_id}/opinions", status_code=HTTPStatus.CREATED)
def post_opinion(
    request: Request, person: Reading, session: InSession, wanted: Listed, film_id: str, given: Given
) -> Response:
    """The reader says what they see."""
    film = find(session, film_id)
    repeated = session.scalar(select(Opinion.number).where(Opinion.key == given.key)) is not None
    opinion = opinions.give(session, film, person.id, person.role, given, ReadingRoom.of(request).settings)
    if not repeated:
        record(session, person, "opinion.give", film.id, opinion=opinion.number, blind=opinion.blind)
        ReadingRoom.of(request).metrics.opinions.labels("blind" if opinion.blind else "informed").inc()
    sitting = opinions.find_sitting(session, opinion.sitting_id, film, person.id)
    state = _state(request, person, session, film, sitting, wanted)
    return JSONResponse(state.model_dump(mode="json"), HTTPStatus.OK if repeated else HTTPStatus.CREATED)


@router.post("/films/{film_id}/undo")
def post_undo(
    request: Request, person: Reading, session: InSession, wanted: Listed, film_id: str, at: AtSitting
) -> FilmState:
    """The reader takes the last opinion back."""
    film = find(session, film_id)
    opinion = opinions.undo(session, film, person.id, at.sitting, ReadingRoom.of(request).settings)
    record(session, person, "opinion.undo", film.id, opinion=opinion.undoes)
    return _state(request, person, session, film, opinions.find_sitting(session, at.sitting, film, person.id), wanted)


@router.post("/films/{film_id}/assess-anyway")
def post_assess_anyway(request: Request, person: Reading, wanted: Listed, film_id: str, at: AtSitting) -> FilmState:
    """The reader has a refused film assessed all the same."""
    return _assess_again(request, person, wanted, film_id, at, "despite_refusal")


@router.post("/films/{film_id}/correct")
def post_correct(request: Request, person: Reading, wanted: Listed, film_id: str, at: AtSitting) -> FilmState:
    """The reader has a refused film turned or inverted, and assessed."""
    return _assess_again(request, person, wanted, film_id, at, "correct")


def _assess_again(
    request: Request, person: Person, wanted: Wanted, film_id: str, at: AtSitting, wish: Wish
) -> FilmState:
    """In no session, since the gateway may take its time."""
    room = ReadingRoom.of(request)
    with room.sessions.begin() as session:
        film = find(session, film_id)
        opinions.find_sitting(session, at.sitting, film, person.id)
        if film.outcome != "refused":
            raise InvalidError("the film was not refused")
        record(session, person, AUDITED[wish], film.id, refusal=film.refusal)
    room.arrivals.assess_again(film_id, person.id, wish)
    with room.sessions.begin() as session:
        film = find(session, film_id)
        sitting = opinions.find_sitting(session, at.sitting, film, person.id)
        return _state(request, person, session, film, sitting, wanted)


@router.get("/films/{film_id}/radiograph.png")
def get_radiograph(request: Request, person: Reading, film_id: str) -> Response:
    """The pixels as displayed, 8 bit gray."""
    return _picture(ReadingRoom.of(request).pictures.radiograph(known_id(film_id)))


@router.get("/films/{film_id}/thumbnail.png")
def get_thumbnail(request: Request, person: Reading, film_id: str) -> Response:
    """The same, small."""
    return _picture(ReadingRoom.of(request).pictures.thumbnail(known_id(film_id)))


@router.get("/films/{film_id}/{assessment_id}/heat/{name}.png")
def get_heat(
    request: Request, person: Reading, session: InSession, film_id: str, assessment_id: str, name: str
) -> Response:
    """A class's heat map; not before a blind reader has said what they see."""
    film = find(session, film_id)
    if opinions.hidden(session, film, person.id):
        raise HiddenError("the models' answer is hidden until you have given an opinion")
    return _picture(ReadingRoom.of(request).pictures.heat(film.id, known_id(assessment_id), known_id(name)))


def find(session: Session, film_id: str) -> Film:
    """The film. Raises NotFoundError."""
    film = session.get(Film, film_id)
    if film is None:
        raise NotFoundError("no such film")
    return film


def known_id(name: str) -> str:
    """A part of an address that becomes a part of a path. Raises NotFoundError where it could be anything else."""
    if not is_name(name):
        raise NotFoundError("no such picture")
    return name


def _listed(request: Request, person: Person, session: Session, wanted: Wanted) -> dict[str, Any]:
    worklist = _worklist(request, person)
    total = worklist.count(session, wanted)
    pages = max(1, -(-total // ROWS_PER_PAGE))
    wanted = wanted.model_copy(update={"page": min(wanted.page, pages)})
    return {"films": worklist.page(session, wanted), "total": total, "pages": pages, "wanted": wanted}


def _worklist(request: Request, person: Person) -> Worklist:
    return Worklist(person.id, person.role, ReadingRoom.of(request).settings.wait_cap_s)


def _state(
    request: Request, person: Person, session: Session, film: Film, sitting: Sitting, wanted: Wanted
) -> FilmState:
    following = _worklist(request, person).next(session, wanted, film.id)
    return film_state(session, film, sitting, person, following, wanted.query(page=wanted.page))


def _picture(path: Path) -> Response:
    # Vary: what a browser has kept is for the session that asked for it, and not for who logs in there after it.
    headers = {"Cache-Control": FOR_A_YEAR, "Vary": "Cookie"}
    return FileResponse(path, media_type="image/png", headers=headers)
