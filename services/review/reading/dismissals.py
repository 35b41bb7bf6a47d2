"""/worklist/dismiss and /worklist/restore: films that nobody has to read, and back again."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.orm import Session

from review.audit import record
from review.door.access import Reading
from review.people import Person
from review.reading.asked import InSession
from review.schema import Strict
from review.tables import Film

MAX_FILMS = 500
"""Films of one request: ten pages of the list."""

router = APIRouter(max_body_size=MAX_FILMS * 64)


class Chosen(Strict):
    """Films, as the page sends them."""

    films: list[Annotated[str, StringConstraints(max_length=26)]] = Field(min_length=1, max_length=MAX_FILMS)


class Changed(BaseModel):
    """Those that were not so before: what an undo has to take back."""

    films: list[str]


@router.post("/worklist/dismiss")
def post_dismiss(request: Request, person: Reading, session: InSession, chosen: Chosen) -> Changed:
    """Nobody has to read these films: they are on no list but that of dismissed ones, and of all."""
    return _mark(session, person, chosen, datetime.now(UTC))


@router.post("/worklist/restore")
def post_restore(request: Request, person: Reading, session: InSession, chosen: Chosen) -> Changed:
    """They have to be read after all."""
    return _mark(session, person, chosen, None)


def _mark(session: Session, person: Person, chosen: Chosen, since: datetime | None) -> Changed:
    """Each film is a row of the audit of its own, so that it is found there by the film."""
    another = Film.dismissed.is_(None) if since else Film.dismissed.is_not(None)
    films = session.scalars(select(Film).where(Film.id.in_(chosen.films), another).order_by(Film.id)).all()
    for film in films:
        film.dismissed = since
        record(session, person, "film.dismiss" if since else "film.restore", film.id)
    return Changed(films=[film.id for film in films])
