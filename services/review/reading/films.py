"""/films: each film, and what readers say of it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from client.gateway import Wish
from review.audit import record, row_of
from review.door.access import Reading
from review.errors import InvalidError
from review.languages.texts import gettext as _
from review.owed import Debt
from review.pages import render
from review.people import Person
from review.reading import opinions
from review.reading.asked import InSession, Listed, find, worklist_of
from review.reading.contract import FilmState
from review.reading.film_state import film_state
from review.reading.worklist import Wanted
from review.schema import AtSitting, Given
from review.state import ReadingRoom
from review.tables import Film, Opinion, Sitting
from vocabulary.problems.chest import CHEST

MAX_OPINION_BYTES = 8 * 1024 * 1024
"""Bytes of an opinion: 50 shapes of 2000 points have fewer. It is read before who sends it is asked who they are."""

WORTH = "learn"
"""Where a film page says it comes from, if that is the page of the films worth labelling."""

AUDITED: dict[Wish, str] = {"despite_refusal": "film.assess_anyway", "correct": "film.correct"}
"""What a refused film is assessed for a reader's sake as, in the audit."""

router = APIRouter(max_body_size=MAX_OPINION_BYTES)


@router.get("/films/{film_id}", response_class=HTMLResponse)
def get_film(
    request: Request,
    person: Reading,
    wanted: Listed,
    film_id: str,
    came_from: Annotated[str, Query(alias="from", max_length=16)] = "",
) -> Response:
    """The film, to be read; blind first where it comes from the films worth labelling.

    It is made before anything is written: a full disk keeps nobody from reading it.
    """
    room = ReadingRoom.of(request)
    blind_first = came_from == WORTH and room.settings.blind_worth
    with room.sessions() as session:
        film = find(session, film_id)
        sitting = opinions.new_sitting(session, film, person.id, blind_first)
        state = _state(request, person, session, film, sitting, wanted, sitting.blind)
    told = [each.id for each in state.earlier if each.classes]
    view = row_of(person, "film.view", film.id, {"blind": sitting.blind} | ({"earlier": told} if told else {}))
    room.owed.write(Debt(view, {column.key: getattr(sitting, column.key) for column in Sitting.__table__.columns}))
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
            raise InvalidError(_("the film was not refused"))
        if film.problem != CHEST.name:
            raise InvalidError(_("a film of which a number is asked is measured as it is, or not at all"))
        record(session, person, AUDITED[wish], film.id, refusal=film.refusal)
    room.arrivals.assess_again(film_id, person.id, wish)
    with room.sessions.begin() as session:
        film = find(session, film_id)
        sitting = opinions.find_sitting(session, at.sitting, film, person.id)
        return _state(request, person, session, film, sitting, wanted)


def _state(
    request: Request,
    person: Person,
    session: Session,
    film: Film,
    sitting: Sitting,
    wanted: Wanted,
    blind: bool | None = None,
) -> FilmState:
    following = worklist_of(request, person).next(session, wanted, film.id, ReadingRoom.of(request).claims)
    return film_state(session, film, sitting, person, following, wanted.query(page=wanted.page), blind)
