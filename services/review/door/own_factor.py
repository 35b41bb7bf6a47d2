"""/account/second-factor: one's own, set up, set up anew, and removed; each with the password, said again."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from review.audit import record
from review.door import cookies, credentials, enrolment, forms, logins, recovery, second_factor
from review.door.access import Reading
from review.door.enrolment import Enrolment
from review.door.sealing import Sealer
from review.errors import ConflictError, InvalidError, ReviewError, TooManyError
from review.languages.texts import gettext as _
from review.pages import render
from review.people import Person, Reader
from review.state import ReadingRoom

router = APIRouter(prefix="/account/second-factor", max_body_size=forms.MAX_FORM_BYTES)

Text = Annotated[str, Form()]


@router.get("", response_class=HTMLResponse)
def get_second_factor(request: Request, person: Reading) -> Response:
    """Whether one has one, and how many recovery codes are left."""
    return _page(request, person)


@router.post("", response_class=HTMLResponse)
def post_second_factor(request: Request, person: Reading, current: Text = "") -> Response:
    """Begin to set one up: the page shows its secret."""
    room = ReadingRoom.of(request)
    try:
        credentials.confirm(room.sessions, person, current)
    except (InvalidError, TooManyError) as error:
        return _page(request, person, error=error)
    return _enrolment_page(request, person, enrolment.begin(person.id))


@router.post("/confirm", response_class=HTMLResponse)
def post_confirm(request: Request, person: Reading, given: Text = "", code: Text = "") -> Response:
    """The app has it: it is set up, and other sessions end. The page shows the recovery codes."""
    room = ReadingRoom.of(request)
    sealer = Sealer.of(room.settings)
    try:
        begun = enrolment.opened(sealer, given)
        if begun.reader_id != person.id or begun.half:
            raise ConflictError(_("this page is not of your session: please begin again"))
    except (InvalidError, ConflictError) as error:
        return _page(request, person, error=error)
    try:
        with room.sessions.begin() as session:
            codes = enrolment.finish(session, sealer, begun, code)
            ended = logins.end_all(session, person.id, but=cookies.given(request))
            record(session, person, "reader.second_factor", way="account", ended=ended)
    except InvalidError as error:
        return _enrolment_page(request, person, begun, error)
    except ConflictError as error:
        return _page(request, person, error=error)
    return render(request, "recovery_codes.html", codes=codes, next="/account")


@router.post("/recovery-codes", response_class=HTMLResponse)
def post_recovery_codes(request: Request, person: Reading, current: Text = "") -> Response:
    """New recovery codes; the older ones are of no more use."""
    sessions = ReadingRoom.of(request).sessions
    try:
        credentials.confirm(sessions, person, current)
        with sessions.begin() as session:
            if second_factor.kept(session, person.id) is None:
                raise InvalidError(_("you have no second factor: set one up first"))
            codes = recovery.renew(session, person.id)
            record(session, person, "reader.recovery_codes")
    except (InvalidError, TooManyError) as error:
        return _page(request, person, error=error)
    return render(request, "recovery_codes.html", codes=codes, next="/account/second-factor")


@router.post("/remove", response_class=HTMLResponse)
def post_remove(request: Request, person: Reading, current: Text = "") -> Response:
    """Do without one, where that is allowed."""
    room = ReadingRoom.of(request)
    try:
        credentials.confirm(room.sessions, person, current)
        with room.sessions.begin() as session:
            if second_factor.needed(session.get_one(Reader, person.id), room.settings):
                raise InvalidError(_("your account needs a second factor"))
            if second_factor.remove(session, person.id):
                record(session, person, "reader.second_factor_removed", reader=person.login)
    except (InvalidError, TooManyError) as error:
        return _page(request, person, error=error)
    return _page(request, person, _("Your second factor is removed: a password is enough now."))


def _page(request: Request, person: Person, notice: str = "", error: ReviewError | None = None) -> Response:
    room = ReadingRoom.of(request)
    with room.sessions() as session:
        reader, factor = session.get_one(Reader, person.id), second_factor.kept(session, person.id)
        shown = {
            "has_password": reader.password is not None,
            "since": factor.since if factor else None,
            "left": recovery.left(session, person.id),
            "needed": second_factor.needed(reader, room.settings),
        }
    status = error.status if error else 200
    page = render(request, "own_second_factor.html", status, notice=notice, error=str(error or ""), **shown)
    if error and error.retry_after_s:
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page


def _enrolment_page(request: Request, person: Person, begun: Enrolment, error: ReviewError | None = None) -> Response:
    shown = enrolment.shown(Sealer.of(ReadingRoom.of(request).settings), begun, person.login)
    where, status = "/account/second-factor/confirm", error.status if error else 200
    return render(request, "second_factor.html", status, action=where, notice=str(error or ""), **shown)
