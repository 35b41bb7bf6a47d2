"""/films/.../*.png: a film's pixels, small and whole, and what is drawn over them."""

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from review.arrivals.pictures import is_name
from review.door.access import Reading
from review.errors import HiddenError, NotFoundError
from review.languages.texts import gettext as _
from review.pages import STATIC
from review.people import Person
from review.reading import opinions
from review.reading.asked import InSession, find
from review.state import ReadingRoom
from review.traces import row

NEVER_KEPT = {"Cache-Control": "private, no-store"}
"""A workstation is many readers': no film stays on its disk (RFC 9111, 5.2.2.5). The page holds the
next one in memory."""

WORKER = STATIC / "built" / "worker.js"

router = APIRouter()


@router.get("/films/{film_id}/radiograph.png")
def get_radiograph(request: Request, person: Reading, film_id: str) -> Response:
    """The pixels as displayed, 8 bit gray."""
    return _picture(request, person, film_id, ReadingRoom.of(request).pictures.radiograph(known_id(film_id)))


@router.get("/films/{film_id}/thumbnail.png")
def get_thumbnail(request: Request, person: Reading, film_id: str) -> Response:
    """The same, small; recorded where it was on no list that this session was shown."""
    picture, traces = ReadingRoom.of(request).pictures.thumbnail(known_id(film_id)), ReadingRoom.of(request).traces
    if traces.has(person, row(film_id)):
        return Response(picture, media_type="image/png", headers=NEVER_KEPT)
    return _picture(request, person, film_id, picture)


@router.get("/films/{film_id}/{assessment_id}/heat/{name}.png")
def get_heat(
    request: Request, person: Reading, session: InSession, film_id: str, assessment_id: str, name: str
) -> Response:
    """A class's heat map; not before a blind reader has said what they see."""
    film = find(session, film_id)
    if opinions.hidden(session, film, person.id):
        raise HiddenError(_("the models' answer is hidden until you have given an opinion"))
    picture = ReadingRoom.of(request).pictures.heat(film.id, known_id(assessment_id), known_id(name))
    return _picture(request, person, film_id, picture)


@router.get("/worker.js")
def get_worker() -> Response:
    """What holds the next film's picture in a browser's memory; here, since it serves pages below its own address."""
    return FileResponse(WORKER, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def known_id(name: str) -> str:
    """A part of an address that becomes a part of a path. Raises NotFoundError where it could be anything else."""
    if not is_name(name):
        raise NotFoundError(_("no such picture"))
    return name


def _picture(request: Request, person: Person, film_id: str, picture: bytes) -> Response:
    """A picture, after it is recorded that this session has the film's."""
    ReadingRoom.of(request).traces.leave(person, [f"pictures {film_id}"], "film.pictures", film_id)
    return Response(picture, media_type="image/png", headers=NEVER_KEPT)
