"""/readers: who may come in, and as what; for administrators."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import func, select

from review.audit import record
from review.door import forms, invitations, roster
from review.door.access import Admin
from review.door.logins import DEMO
from review.door.slowed import slowed
from review.errors import ConflictError, InvalidError, ReviewError
from review.pages import render
from review.people import ROLES, Login, Reader, Role, SecondFactor
from review.state import ReadingRoom

router = APIRouter(prefix="/readers", max_body_size=forms.MAX_FORM_BYTES)

Text = Annotated[str, Form()]


@router.get("", response_class=HTMLResponse)
def get_readers(request: Request, person: Admin) -> Response:
    """All of them."""
    with ReadingRoom.of(request).sessions.begin() as session:
        record(session, person, "readers.view")
    return _page(request)


@router.post("", response_class=HTMLResponse)
def post_reader(
    request: Request, person: Admin, role: Annotated[Role, Form()], login: Text = "", name: Text = ""
) -> Response:
    """Invite one; the page shows the link, once."""
    try:
        with ReadingRoom.of(request).sessions.begin() as session:
            secret = invitations.invite(session, login, name, role)
            record(session, person, "reader.invite", reader=invitations.folded(login), role=role)
    except (InvalidError, ConflictError) as error:
        return _page(request, error=error)
    return _page(request, link=_link(request, secret), whom=name.strip())


@router.post("/{reader_id}/link", response_class=HTMLResponse)
def post_link(request: Request, person: Admin, reader_id: str) -> Response:
    """A new link, for a password that is lost."""
    try:
        with ReadingRoom.of(request).sessions.begin() as session:
            reader = roster.find(session, reader_id)
            secret = invitations.link(session, reader)
            record(session, person, "reader.link", reader=reader.login)
    except InvalidError as error:
        return _page(request, error=error)
    return _page(request, link=_link(request, secret), whom=reader.name)


@router.post("/{reader_id}/role", response_class=HTMLResponse)
def post_role(request: Request, person: Admin, reader_id: str, role: Annotated[Role, Form()]) -> Response:
    """Make one something else."""
    try:
        with ReadingRoom.of(request).sessions.begin() as session:
            reader = roster.find(session, reader_id)
            before = reader.role
            roster.change_role(session, reader, role)
            record(session, person, "reader.role", reader=reader.login, before=before, role=role)
    except (InvalidError, ConflictError) as error:
        return _page(request, error=error)
    return RedirectResponse("/readers", 303)


@router.post("/{reader_id}/active", response_class=HTMLResponse)
def post_active(request: Request, person: Admin, reader_id: str, active: Annotated[bool, Form()]) -> Response:
    """Let one in, or no more."""
    try:
        with ReadingRoom.of(request).sessions.begin() as session:
            reader = roster.find(session, reader_id)
            roster.set_active(session, reader, active)
            record(session, person, "reader.activate" if active else "reader.deactivate", reader=reader.login)
    except ConflictError as error:
        return _page(request, error=error)
    return RedirectResponse("/readers", 303)


def _link(request: Request, secret: str) -> str:
    url = request.url_for("get_invitation", secret=secret)
    return str(url.replace(scheme="https") if ReadingRoom.of(request).settings.secure else url)


def _page(request: Request, link: str = "", whom: str = "", error: ReviewError | None = None) -> Response:
    with ReadingRoom.of(request).sessions() as session:
        seen = select(func.max(Login.seen)).where(Login.reader_id == Reader.id).correlate(Reader).scalar_subquery()
        columns = (Reader, seen, SecondFactor.since)
        joined = select(*columns).outerjoin(SecondFactor, SecondFactor.reader_id == Reader.id)
        rows = session.execute(joined.order_by(Reader.active.desc(), Reader.name)).all()
        waiting = slowed(session)
    status = error.status if error else 200
    shown = {"rows": rows, "slowed": waiting, "link": link, "whom": whom, "error": str(error or "")}
    return render(request, "readers.html", status, roles=ROLES, demo_login=DEMO, **shown)
