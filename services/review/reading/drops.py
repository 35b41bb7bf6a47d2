"""/films: films dropped onto the page."""

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from cxr import errors
from doors.uploads import arriving
from review.arrivals.came import Came
from review.arrivals.received import Received
from review.audit import record
from review.door.access import Reading
from review.errors import InvalidError, TooLargeError
from review.languages.texts import gettext as _
from review.people import Person
from review.reading.opinions import hidden
from review.settings import Settings
from review.state import ReadingRoom
from review.tables import Assessment, Dropped, Film
from review.verdict import verdict
from review.words import named

FILE_NAME = "X-File-Name"

MAX_NAME_CHARACTERS = 255
"""Of a file's name, as most file systems have it."""

MAX_SEARCH_CHARACTERS = 500
"""As tables.Film.search has them."""

router = APIRouter()

BY_BODY_PART = "auto"
"""Asks of a film what its body part (DICOM) does, else what is asked of a chest. Source: gateway.http.numbers."""

KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
"""First bytes to media type. What is neither is for the gateway to judge. Source: imaging.file.kind_of."""


class Taken(BaseModel):
    """What became of a file."""

    id: str = Field(description="the film's")
    outcome: str
    said: str = Field(description="the models' answer in words, or that it is hidden")
    name: str = Field(description="what the film is called")


@router.post("/films", status_code=HTTPStatus.CREATED)
async def post_film(
    request: Request, person: Reading, problem: Annotated[str, Query(max_length=32)] = BY_BODY_PART
) -> Taken:
    """Take one file, have it assessed, and say which film it became.

    What is asked of it is what the list that it is dropped onto shows; else what its body part asks for.
    Its name comes in a header, percent-encoded (RFC 3986, 2.1): addresses are logged, and it may be a patient's.
    """
    name = file_name(request.headers.get(FILE_NAME, ""))
    room = ReadingRoom.of(request)
    async with room.places.taken(person.id):
        room.pictures.check_room()
        file = await _body(request, room.settings)
        return await run_in_threadpool(_take, room, person, file, name, problem or BY_BODY_PART)


def file_name(header: str) -> str:
    """A file's name without its folders and what cannot be shown; empty where there is none."""
    last = re.split(r"[/\\]", unquote(header))[-1]
    return "".join(each for each in last if each.isprintable()).strip()[:MAX_NAME_CHARACTERS]


def _take(room: ReadingRoom, person: Person, file: bytes, name: str, problem: str) -> Taken:
    kind = next((kind for start, kind in KINDS if file.startswith(start)), "application/octet-stream")
    received = Received.of(room.gateway.assess(file, kind, problem=problem))
    film_id = room.arrivals.take(received, Came("dropped"))
    with room.sessions.begin() as session:
        record(session, person, "film.drop", film_id)
        film = session.get_one(Film, film_id)
        _name(film, name)
        session.merge(Dropped(film_id=film_id, reader_id=person.id, at=datetime.now(UTC)))
        said = _said(session, film, person)
        return Taken(id=film_id, outcome=film.outcome, said=said, name=film.patient_name or film.file_name)


def _name(film: Film, name: str) -> None:
    """A film that does not say whose it is goes by its file's name, and is found by it."""
    if name and not (film.patient_name or film.patient_id or film.file_name):
        film.file_name = name
        film.search = f"{film.search} {name.casefold()}".strip()[:MAX_SEARCH_CHARACTERS]


def _said(session: Session, film: Film, person: Person) -> str:
    """The answer in words; not of a film that the reader has to read blind."""
    if film.outcome == "refused":
        return _("Refused: %(reason)s", reason=named(film.refusal).lower())
    if hidden(session, film, person.id):
        return _("Assessed; the answer is hidden until you have read it")
    assessment = session.get_one(Assessment, film.assessment_id)
    found = verdict(assessment.body, assessment.zones)
    return found.text if found else film.outcome


async def _body(request: Request, settings: Settings) -> bytes:
    """The whole body, in memory: a film is patient data, and is not spooled to a disk that we do not know."""
    try:
        pieces = arriving(request, settings.upload_timeout_s, settings.max_upload_bytes)
        file = b"".join([piece async for piece in pieces])
    except errors.TooLargeError as error:
        raise TooLargeError(
            _("the file is larger than %(most)s MiB", most=settings.max_upload_bytes // 2**20)
        ) from error
    except errors.MalformedError as error:
        raise InvalidError(_("the file did not arrive whole, or not in time")) from error
    if not file:
        raise InvalidError(_("the file is empty"))
    return file
