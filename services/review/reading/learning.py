"""/learn: films worth labelling next: the models or the readers are unsure of them, or know none alike."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from review.door.access import Reading
from review.pages import render
from review.reading.asked import InSession
from review.state import ReadingRoom
from review.traces import row

router = APIRouter()


@router.get("/learn", response_class=HTMLResponse)
def get_learn(request: Request, person: Reading, session: InSession) -> Response:
    """The page."""
    from review.reading.worth import MAX_FILMS_LISTED, queue  # here: it imports scipy

    blind_first = ReadingRoom.of(request).settings.blind_worth
    listed = queue(session, person.id, MAX_FILMS_LISTED, blind_first)
    films = [each.film_id for each in listed]
    ReadingRoom.of(request).traces.leave(person, map(row, films), "learn.view", again=True, films=films)
    return render(request, "learn.html", films=listed, blind_first=blind_first)
