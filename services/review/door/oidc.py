"""/log-in/oidc: in with the account that the hospital's identity provider knows."""

import base64
import binascii
import hashlib
import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from ulid import ULID

from review.audit import record
from review.door import access, cookies, throttle
from review.door.access import safe_next, same
from review.door.entering import enter, log_in_page
from review.door.invitations import LOGIN
from review.door.logins import DEMO
from review.door.oidc_people import provider_session, subject_of
from review.door.oidc_provider import Flow, Json, Provider
from review.errors import ForbiddenError, LogInError, NotFoundError, ReviewError
from review.languages.texts import gettext as _
from review.people import ROLES, Reader
from review.settings import Settings
from review.state import ReadingRoom

FLOW_S = 600
"""How long a log-in at the provider may take."""

CODE = re.compile(r"[a-z_]{1,40}")
"""What an error code looks like (RFC 6749, 4.1.2.1)."""

router = APIRouter(prefix="/log-in/oidc")

Text = Annotated[str, Query()]


@router.get("", response_class=HTMLResponse)
def get_oidc(request: Request, next: Text = "/") -> Response:
    """To the provider. A link and no form: our policy lets forms go nowhere else."""
    flow = Flow(safe_next(next))
    try:
        response = RedirectResponse(_provider(request).begin(flow), HTTPStatus.SEE_OTHER)
    except ReviewError as error:
        return log_in_page(request, next, error)
    cookies.put(request, response, _purpose(flow.state), _packed(flow), FLOW_S)
    return response


@router.get("/callback", response_class=HTMLResponse)
def get_callback(
    request: Request, state: Text = "", code: Text = "", error: Text = "", iss: Annotated[str | None, Query()] = None
) -> Response:
    """Back from the provider."""
    provider = _provider(request)
    flow = _unpacked(cookies.given(request, _purpose(state)), state)
    if flow is None:
        return log_in_page(request, "/", LogInError("this log-in was begun elsewhere, or long ago: please begin again"))
    try:
        response = _let_in(request, provider, flow, code, error, iss)
    except ReviewError as failed:
        response = log_in_page(request, flow.next, failed)
    cookies.drop(request, response, _purpose(state))
    return response


def _let_in(request: Request, provider: Provider, flow: Flow, code: str, error: str, issuer: str | None) -> Response:
    """Log in whom the provider names. Raises what is shown to them where it does not, or where they may not."""
    room, where = ReadingRoom.of(request), access.address(request)
    sessions = room.sessions
    place = throttle.network(where)
    throttle.admit(sessions, flow.state, place)
    try:
        if error or not code:
            why = error if CODE.fullmatch(error) else _("no code")
            raise LogInError(_("the provider did not let you in (%(why)s)", why=why))
        claims = provider.finish(flow, code, issuer)
        with sessions.begin() as session:
            throttle.forgive(session, flow.state, place)
            reader = _reader(session, claims, room.settings)
            return enter(request, session, reader, "oidc", flow.next, provider_session=provider_session(claims))
    except ReviewError as failed:
        with sessions.begin() as session:
            record(session, None, "log_in.failed", way="oidc", code=failed.code, address=where)
        raise


def _provider(request: Request) -> Provider:
    """Raises NotFoundError where there is none."""
    settings = ReadingRoom.of(request).settings
    if settings.oidc_issuer is None:
        raise NotFoundError(_("there are no hospital accounts here"))
    back = request.url_for("get_callback")
    return Provider(settings, str(back.replace(scheme="https") if settings.secure else back))


def _reader(session: Session, claims: Json, settings: Settings) -> Reader:
    """The reader that the provider knows by this subject, as it says they are; a new one where there is none.

    Somebody who is here with the same log-in name is somebody else: an account is never taken over by its name.
    """
    name = str(claims.get("name") or claims.get("preferred_username") or claims.get("email") or claims["sub"])[:100]
    role = _role(claims, settings.oidc_roles_claim)
    subject = subject_of(claims)
    reader = session.scalar(select(Reader).where(Reader.subject == subject))
    if reader is None:
        login = _free_login(session, claims, subject)
        now = datetime.now(UTC)
        reader = Reader(id=str(ULID()), login=login, name=name, role=role, subject=subject, active=True, created=now)
        session.add(reader)
        record(session, reader, "reader.create", way="oidc", role=role)
    if not reader.active:
        raise ForbiddenError(_("your account here is closed: ask an administrator"))
    if (reader.name, reader.role) != (name, role):
        record(session, reader, "reader.update", way="oidc", before=reader.role, role=role)
        reader.name, reader.role = name, role
    return reader


def _role(claims: Json, claim: str) -> str:
    """The highest that the ID token has; a dot in the claim's name leads into it, as in realm_access.roles."""
    found: Any = claims.get(claim)
    if found is None:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    for role in reversed(ROLES):
        if f"cxr-{role}" in listed:
            return role
    raise ForbiddenError(_("your hospital account is not one of a reader here: ask for the role cxr-reader"))


def _free_login(session: Session, claims: Json, subject: str) -> str:
    """A log-in name that nobody has: the provider's, or that and a part of the subject's digest."""
    wanted = str(claims.get("preferred_username") or claims.get("email") or "").lower()
    if LOGIN.fullmatch(wanted) and wanted != DEMO:
        if session.scalar(select(Reader.id).where(Reader.login == wanted)) is None:
            return wanted
    else:
        wanted = "hospital"
    return f"{wanted[:51]}+{hashlib.sha256(subject.encode()).hexdigest()[:12]}"


def _purpose(state: str) -> str:
    """A cookie of its own for each log-in: there may be several at once, in tabs."""
    return f"-oidc-{hashlib.sha256(state.encode()).hexdigest()[:16]}"


def _packed(flow: Flow) -> str:
    return base64.urlsafe_b64encode(json.dumps(asdict(flow)).encode()).rstrip(b"=").decode()


def _unpacked(packed: str, state: str) -> Flow | None:
    """The log-in that this browser began with this state; None where it did not."""
    try:
        flow = Flow(**json.loads(base64.urlsafe_b64decode(packed + "==")))
        return flow if same(state, flow.state) else None
    except (binascii.Error, ValueError, TypeError, AttributeError):
        return None
