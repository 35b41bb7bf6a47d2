"""/log-in/oidc/back-channel: the provider says that somebody has logged out there; their sessions end here.

The provider's own server asks, with no browser and no cookie: what counts is its signature.

Source: OpenID Connect Back-Channel Logout 1.0.
"""

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Annotated

from cachetools import TTLCache, cached
from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from review.audit import record
from review.door import access, forms
from review.door.logins import fingerprint
from review.door.oidc_people import provider_session, subject_of
from review.door.oidc_provider import Json, Provider
from review.door.oidc_tokens import LEEWAY_S, verify_log_out_token
from review.errors import LogInError, NotFoundError, ReviewError
from review.people import Login, LogOutToken, Reader
from review.settings import Settings
from review.state import ReadingRoom

KEYS_KEPT_S = 30
"""So often the provider is asked for its keys at most, whoever sends what they like here."""

OLDEST = timedelta(minutes=10)
"""Of a token since it was issued; so long it is remembered, so that it is not taken twice."""

NOT_KEPT = {"Cache-Control": "no-store"}
"""Source: Back-Channel Logout 1.0, 2.8."""

router = APIRouter(prefix="/log-in/oidc", max_body_size=forms.MAX_FORM_BYTES)


@router.post("/back-channel")
def post_back_channel(request: Request, logout_token: Annotated[str, Form()] = "") -> Response:
    """End the sessions that a log-out token is of: 200, also where there are none any more; 400 where it is no good."""
    room = ReadingRoom.of(request)
    if room.settings.oidc_issuer is None:
        raise NotFoundError("there are no hospital accounts here")
    try:
        claims = _verified(room.settings, logout_token)
        with room.sessions.begin() as session:
            _take_once(session, claims)
            _end(session, claims, access.address(request))
    except ReviewError as error:
        told = {"error": "invalid_request", "error_description": str(error)}
        return JSONResponse(told, 400, NOT_KEPT)
    return Response(status_code=200, headers=NOT_KEPT)


def _verified(settings: Settings, token: str) -> Json:
    """The claims of a token. Raises LogInError where it is no good, ProviderError where nobody can tell."""
    issuer, keys = _keys(Provider(settings, ""))
    claims = verify_log_out_token(token, keys, issuer, settings.oidc_client_id)
    if claims["iat"] < (datetime.now(UTC) - OLDEST).timestamp() - LEEWAY_S:
        raise LogInError("the log-out token is from too long ago")
    return claims


@cached(TTLCache(maxsize=8, ttl=KEYS_KEPT_S), key=lambda provider: provider.issuer, lock=Lock())
def _keys(provider: Provider) -> tuple[str, Json]:
    return provider.keys()


def _take_once(session: Session, claims: Json) -> None:
    """Raises LogInError where the token was taken before."""
    now = datetime.now(UTC)
    session.execute(delete(LogOutToken).where(LogOutToken.expires < now))
    session.add(LogOutToken(token=fingerprint(claims["jti"]), expires=now + OLDEST + timedelta(seconds=3 * LEEWAY_S)))
    try:
        session.flush()
    except IntegrityError as error:
        raise LogInError("this log-out token was taken already") from error


def _end(session: Session, claims: Json, address: str) -> None:
    """Those of the session at the provider that it names, or all of the person, where it names none."""
    reader = session.scalar(select(Reader).where(Reader.subject == subject_of(claims))) if "sub" in claims else None
    which = provider_session(claims)
    query = select(Login).where(Login.provider_session == which) if which else select(Login)
    if "sub" in claims:
        query = query.where(Login.reader_id == (reader.id if reader else ""))
    found = session.scalars(query).all()
    for each in found:
        session.delete(each)
    who = reader or (found[0].reader if found else None)
    record(session, who, "log_out", way="back-channel", ended=len(found), address=address)
