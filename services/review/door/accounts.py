"""/account: one's own password and sessions; and the ways in and out, and the readers."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.audit import record
from review.door import (
    cookies,
    credentials,
    entrance,
    forms,
    logins,
    own_factor,
    preferences,
    readers,
    rescue,
    second_factor,
    second_step,
)
from review.door.access import Reading
from review.door.logins import fingerprint
from review.errors import InvalidError, ReviewError, TooManyError
from review.languages.texts import gettext as _
from review.pages import render
from review.people import Person, Reader
from review.state import ReadingRoom

router = APIRouter(max_body_size=forms.MAX_FORM_BYTES)
for part in (entrance, second_step, own_factor, preferences, readers, rescue):
    router.include_router(part.router)

Text = Annotated[str, Form()]


@router.get("/account", response_class=HTMLResponse)
def get_account(request: Request, person: Reading) -> Response:
    """Who one is here, and where one is logged in."""
    return _page(request, person)


@router.post("/account/password", response_class=HTMLResponse)
def post_password(
    request: Request, person: Reading, current: Text = "", password: Text = "", again: Text = ""
) -> Response:
    """Set a new password; the other sessions end."""
    try:
        if password != again:
            raise InvalidError(_("the two new ones are not the same"))
        ended = credentials.change(ReadingRoom.of(request).sessions, person, current, password, cookies.given(request))
    except (InvalidError, TooManyError) as error:
        return _page(request, person, error=error)
    return _page(request, person, _("The password is changed. Other sessions that were ended: %(count)s.", count=ended))


@router.post("/account/sessions/end", response_class=HTMLResponse)
def post_end_sessions(request: Request, person: Reading) -> Response:
    """End the other sessions."""
    with ReadingRoom.of(request).sessions.begin() as session:
        ended = logins.end_all(session, person.id, but=cookies.given(request))
        record(session, person, "reader.end_sessions", ended=ended)
    return _page(request, person, _("Other sessions that were ended: %(count)s.", count=ended))


def _page(request: Request, person: Person, notice: str = "", error: ReviewError | None = None) -> Response:
    with ReadingRoom.of(request).sessions() as session:
        has_password = session.get_one(Reader, person.id).password is not None
        found = logins.alive(session, person.id, ReadingRoom.of(request).settings)
        has_factor = second_factor.kept(session, person.id) is not None
    here = fingerprint(cookies.given(request))
    shown = {"has_password": has_password, "has_factor": has_factor, "logins": found, "here": here}
    status = error.status if error else 200
    page = render(request, "account.html", status, notice=notice, error=str(error or ""), **shown)
    if error and error.retry_after_s:
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page
