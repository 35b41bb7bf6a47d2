"""/log-in/code and /log-in/second-factor: what is asked for after a password that was right."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from review.audit import record
from review.door import access, cookies, devices, enrolment, entering, forms, halfway, logins, second_factor, throttle
from review.door.access import safe_next
from review.door.enrolment import Enrolment
from review.door.entering import log_in_page, refusing
from review.door.halfway import Halfway
from review.door.sealing import Sealer
from review.door.second_factor import Typed
from review.errors import ConflictError, ForbiddenError, InvalidError, LogInError, ReviewError, TooManyError
from review.languages.texts import gettext as _
from review.people import Reader
from review.state import ReadingRoom

router = APIRouter(prefix="/log-in", max_body_size=forms.MAX_FORM_BYTES)

Text = Annotated[str, Form()]


def onward(request: Request, session: Session, reader: Reader, way: str, next: str = "/") -> Response:
    """In, where a password is enough; else on to the second factor, or to setting one up.

    Args:
        way: password or link.
    """
    has_one = second_factor.kept(session, reader.id) is not None
    if not has_one and not second_factor.needed(reader, ReadingRoom.of(request).settings):
        return entering.enter(request, session, reader, way, next)
    sealer = Sealer.of(ReadingRoom.of(request).settings)
    half = halfway.sealed(sealer, halfway.of(reader, way, next))
    if has_one:
        return _code_page(request, half)
    return _enrolment_page(request, sealer, enrolment.begin(reader.id, half), reader.login)


@router.post("/code", response_class=HTMLResponse)
def post_code(request: Request, csrf: Text = "", half: Text = "", code: Text = "", recovery: Text = "") -> Response:
    """In, with a code of the app or a recovery code."""
    room = ReadingRoom.of(request)
    try:
        forms.check(request, csrf)
        sealer = Sealer.of(room.settings)
        found = halfway.opened(sealer, half)
        with room.sessions() as session:
            reader = halfway.reader(session, found)
    except (ForbiddenError, LogInError) as error:
        return log_in_page(request, "/", error)
    try:
        return _prove(request, sealer, found, reader, Typed(code, recovery))
    except (LogInError, TooManyError) as error:
        return _code_page(request, half, error)


@router.post("/second-factor", response_class=HTMLResponse)
def post_second_factor(request: Request, csrf: Text = "", given: Text = "", code: Text = "") -> Response:
    """Set up, and in: the page that comes shows the recovery codes."""
    room = ReadingRoom.of(request)
    try:
        forms.check(request, csrf)
        sealer = Sealer.of(room.settings)
        begun = enrolment.opened(sealer, given)
        half = halfway.opened(sealer, begun.half)
        with room.sessions() as session:
            login = halfway.reader(session, half).login
    except (ForbiddenError, LogInError, InvalidError) as error:
        return log_in_page(request, "/", error)
    try:
        return _set_up(request, sealer, begun, half, code)
    except InvalidError as error:
        return _enrolment_page(request, sealer, begun, login, error)
    except ConflictError as error:
        return log_in_page(request, half.next, error)


def _prove(request: Request, sealer: Sealer, half: Halfway, reader: Reader, typed: Typed) -> Response:
    """Raises LogInError where it is wrong, TooManyError where it was too often."""
    sessions, where = ReadingRoom.of(request).sessions, access.address(request)
    counted = throttle.second(reader.login)
    with sessions() as session:
        place = devices.counted(session, reader, cookies.given(request, devices.COOKIE), where)
    throttle.admit(sessions, counted, place)
    with sessions.begin() as session:
        if by := second_factor.proved(session, sealer, reader.id, typed):
            throttle.forgive(session, counted, place)
            return entering.enter(request, session, halfway.reader(session, half), half.way, half.next, second=by)
        record(session, reader, "log_in.failed", way="second factor", address=where)
    raise LogInError(_("this code is wrong, or was used already: a code of the app works once"))


def _set_up(request: Request, sealer: Sealer, begun: Enrolment, half: Halfway, code: str) -> Response:
    """Raises InvalidError where the code is wrong, ConflictError where it was done already."""
    with ReadingRoom.of(request).sessions.begin() as session:
        codes = enrolment.finish(session, sealer, begun, code)
        reader = halfway.reader(session, half)
        ended = logins.end_all(session, reader.id)
        record(session, reader, "reader.second_factor", way="log-in", ended=ended, address=access.address(request))
        page = refusing(request, "recovery_codes.html", None, codes=codes, next=safe_next(half.next))
        entering.begin(request, page, session, reader, half.way, second="new")
        return page


def _code_page(request: Request, half: str, error: ReviewError | None = None) -> Response:
    return refusing(request, "code.html", error, half=half)


def _enrolment_page(
    request: Request, sealer: Sealer, begun: Enrolment, login: str, error: ReviewError | None = None
) -> Response:
    shown = enrolment.shown(sealer, begun, login)
    return refusing(request, "second_factor.html", error, action="/log-in/second-factor", **shown)
