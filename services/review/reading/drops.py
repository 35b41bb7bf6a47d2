"""/films: films dropped onto the page."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from cxr import errors
from doors.uploads import arriving
from review.arrivals.received import Received
from review.audit import record
from review.door.access import Reading
from review.errors import InvalidError, TooLargeError
from review.people import Person
from review.settings import Settings
from review.state import ReadingRoom

router = APIRouter()

KINDS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
"""First bytes to media type. What is neither is for the gateway to judge. Source: imaging.file.kind_of."""


@router.post("/films", status_code=HTTPStatus.CREATED)
async def post_film(request: Request, person: Reading) -> dict[str, Any]:
    """Take one file, have it assessed, and say which film it became."""
    room = ReadingRoom.of(request)
    async with room.places.taken(person.id):
        room.pictures.check_room()
        file = await _body(request, room.settings)
        return await run_in_threadpool(_take, room, person, file)


def _take(room: ReadingRoom, person: Person, file: bytes) -> dict[str, Any]:
    kind = next((kind for start, kind in KINDS if file.startswith(start)), "application/octet-stream")
    received = Received.of(room.gateway.assess(file, kind))
    film_id = room.arrivals.take(received, "dropped")
    with room.sessions.begin() as session:
        record(session, person, "film.drop", film_id)
    # Not what the models say: the film may be one that is read blind.
    return {"id": film_id, "outcome": "refused" if received.assessment.outcome == "refused" else "ready"}


async def _body(request: Request, settings: Settings) -> bytes:
    """The whole body, in memory: a film is patient data, and is not spooled to a disk that we do not know."""
    try:
        pieces = arriving(request, settings.upload_timeout_s, settings.max_upload_bytes)
        file = b"".join([piece async for piece in pieces])
    except errors.TooLargeError as error:
        raise TooLargeError(f"the file is larger than {settings.max_upload_bytes // 2**20} MiB") from error
    except errors.MalformedError as error:
        raise InvalidError("the file did not arrive whole, or not in time") from error
    if not file:
        raise InvalidError("the file is empty")
    return file
