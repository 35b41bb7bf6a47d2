"""/log-in, /log-out and /invitation: the way in and out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from review.audit import record
from review.door import access, cookies, credentials, devices, forms, invitations, logins, roster
from review.door.access import Reading, safe_next
from review.door.entering import PASSWORD, enter, log_in_page
from review.door.second_step import onward
from review.errors import ForbiddenError, InvalidError, NotFoundError, ReviewError
from review.languages.texts import gettext as _
from review.people import Reader
from review.state import ReadingRoom

TOLD_NOBODY = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
"""The address of an invitation is its secret."""

router = APIRouter(max_body_size=forms.MAX_FORM_BYTES)

Text = Annotated[str, Form()]


@router.get("/log-in", response_class=HTMLResponse)
def get_log_in(request: Request, next: Annotated[str, Query()] = "/") -> Response:
    """The form; who is logged in already goes on."""
    if access.who(request):
        return RedirectResponse(safe_next(next), HTTPStatus.SEE_OTHER)
    return log_in_page(request, next)


@router.post("/log-in", response_class=HTMLResponse)
def post_log_in(request: Request, csrf: Text = "", login: Text = "", password: Text = "", next: Text = "/") -> Response:
    """With log-in name and password."""
    sessions = ReadingRoom.of(request).sessions
    try:
        forms.check(request, csrf)
        reader_id = credentials.authenticate(
            sessions, login, password, access.address(request), cookies.given(request, devices.COOKIE)
        )
    except ReviewError as error:
        return log_in_page(request, next, error)
    with sessions.begin() as session:
        reader = session.get_one(Reader, reader_id)
        return onward(request, session, reader, PASSWORD, next)


@router.post("/log-in/demo", response_class=HTMLResponse)
def post_demo(request: Request, csrf: Text = "", next: Text = "/") -> Response:
    """As the reader who needs no password; nothing where the settings have none."""
    room = ReadingRoom.of(request)
    if not room.settings.demo:
        raise NotFoundError(_("there is no demo reader here"))
    sessions = room.sessions
    try:
        forms.check(request, csrf)
        reader_id = roster.demo_reader(sessions)
    except ForbiddenError as error:
        return log_in_page(request, next, error)
    with sessions.begin() as session:
        return enter(request, session, session.get_one(Reader, reader_id), "demo", next)


@router.post("/log-out")
def post_log_out(request: Request, person: Reading) -> Response:
    """End this session."""
    with ReadingRoom.of(request).sessions.begin() as session:
        logins.end(session, cookies.given(request))
        record(session, person, "log_out")
    # Whatever the browser has of films is the reader's who leaves (W3C Clear Site Data, 3.1).
    response = RedirectResponse("/log-in", HTTPStatus.SEE_OTHER, {"Clear-Site-Data": '"cache"'})
    cookies.drop(request, response)
    return response


@router.get("/invitation/{secret}", response_class=HTMLResponse)
def get_invitation(request: Request, secret: str) -> Response:
    """Who is invited, and the form that sets their password."""
    return _invitation_page(request, secret)


@router.post("/invitation/{secret}", response_class=HTMLResponse)
def post_invitation(request: Request, secret: str, csrf: Text = "", password: Text = "", again: Text = "") -> Response:
    """Set the password and go in."""
    try:
        forms.check(request, csrf)
        if password != again:
            raise InvalidError(_("the two are not the same"))
        with ReadingRoom.of(request).sessions.begin() as session:
            reader = invitations.accept(session, secret, password)
            record(session, reader, "reader.password", way="link", address=access.address(request))
            return onward(request, session, reader, "link")
    except (ForbiddenError, InvalidError, NotFoundError) as error:
        return _invitation_page(request, secret, error)


def _invitation_page(request: Request, secret: str, error: ReviewError | None = None) -> Response:
    """As far as the link goes: one that is of no use has no form."""
    invited, status, notice = None, error.status if error else HTTPStatus.OK, str(error or "")
    try:
        with ReadingRoom.of(request).sessions() as session:
            invited = invitations.find(session, secret).reader
    except NotFoundError as useless:
        status, notice = useless.status, str(useless)
    page = forms.show(request, "invitation.html", status, invited=invited, notice=notice)
    page.headers.update(TOLD_NOBODY)
    return page
