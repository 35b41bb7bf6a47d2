"""/readers/...: what an administrator does for a reader who cannot get in, or whom nobody else should be."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from review.audit import record
from review.door import forms, logins, roster, second_factor, throttle
from review.door.access import Admin
from review.errors import InvalidError
from review.languages.texts import gettext as _
from review.state import ReadingRoom

router = APIRouter(prefix="/readers/{reader_id}", max_body_size=forms.MAX_FORM_BYTES)


@router.post("/unlock")
def post_unlock(request: Request, person: Admin, reader_id: str) -> Response:
    """Let one try their password and codes again at once, after too many log-ins with their name failed."""
    with ReadingRoom.of(request).sessions.begin() as session:
        reader = roster.find(session, reader_id)
        throttle.unlock(session, reader.login)
        record(session, person, "reader.unlock", reader=reader.login)
    return RedirectResponse("/readers", 303)


@router.post("/sessions/end")
def post_end_sessions(request: Request, person: Admin, reader_id: str) -> Response:
    """Log one out, wherever they are logged in."""
    with ReadingRoom.of(request).sessions.begin() as session:
        reader = roster.find(session, reader_id)
        ended = logins.end_all(session, reader.id)
        record(session, person, "reader.end_sessions", reader=reader.login, ended=ended)
    return RedirectResponse("/readers", 303)


@router.post("/second-factor/remove")
def post_remove_second_factor(request: Request, person: Admin, reader_id: str) -> Response:
    """Take away a second factor that is lost, and with it the sessions, which may be open where it is now."""
    if reader_id == person.id:  # a session alone, which somebody may have taken over, does not suffice for that
        raise InvalidError(_("your own second factor is on the page of your account"))
    with ReadingRoom.of(request).sessions.begin() as session:
        reader = roster.find(session, reader_id)
        if second_factor.remove(session, reader.id):
            ended = logins.end_all(session, reader.id)
            record(session, person, "reader.second_factor_removed", reader=reader.login, ended=ended)
    return RedirectResponse("/readers", 303)
