"""Sessions of readers' browsers: a random cookie there, its SHA-256 here."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from review.people import Login, Reader
from review.settings import Settings

DEMO = "demo"
"""Log-in name of the reader who needs no password; usable only where the settings say so."""

SEEN_EVERY = timedelta(minutes=1)
"""How exact the last request is known: a write on every request would be felt."""

REMEMBERED_AFTER_END = timedelta(days=7)
"""An ended session is remembered this long, so that a page which was open then still works after the next log-in."""


def fingerprint(secret: str) -> str:
    """What the database keeps of a secret: SHA-256 as hex. The secrets have 256 random bits: no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def usable(reader: Reader, settings: Settings) -> bool:
    """Whether a reader may be logged in at all."""
    return reader.active and (reader.login != DEMO or settings.demo)


def start(session: Session, reader: Reader, previous: str, provider_session: str | None = None) -> str:
    """A new session of a reader; gives the cookie.

    Args:
        previous: the cookie that the browser had. Its session ends; where it was the same reader's, the new one keeps
            its CSRF token, so that a page in another tab can send again what it could not when the session had ended.
        provider_session: which session at the identity provider it is of, if it is of one.
    """
    now = datetime.now(UTC)
    session.execute(delete(Login).where(Login.created < now - REMEMBERED_AFTER_END))
    before = session.get(Login, fingerprint(previous)) if previous else None
    csrf = before.csrf if before and before.reader_id == reader.id else secrets.token_urlsafe(32)
    if before:
        session.delete(before)
    cookie = secrets.token_urlsafe(32)
    row = {"token": fingerprint(cookie), "reader_id": reader.id, "csrf": csrf, "created": now, "seen": now}
    session.add(Login(**row, provider_session=provider_session))
    return cookie


def find(session: Session, cookie: str, settings: Settings) -> Login | None:
    """The session of a cookie, unless it has ended or its reader may not be here."""
    if not cookie:
        return None
    query = select(Login).where(Login.token == fingerprint(cookie)).options(joinedload(Login.reader))
    login = session.scalar(query)
    if login is None or not usable(login.reader, settings) or not _alive(login, settings):
        return None
    return login


def see(session: Session, login: Login) -> None:
    """A person asks, and not a page that looks for news by itself: only then is the session not idle."""
    now = datetime.now(UTC)
    if now - login.seen > SEEN_EVERY:
        session.execute(update(Login).where(Login.token == login.token).values(seen=now))


def alive(session: Session, reader_id: str, settings: Settings) -> list[Login]:
    """A reader's sessions that have not ended, the newest first."""
    query = select(Login).where(Login.reader_id == reader_id).order_by(Login.created.desc())
    return [each for each in session.scalars(query) if _alive(each, settings)]


def end(session: Session, cookie: str) -> None:
    """End one session."""
    session.execute(delete(Login).where(Login.token == fingerprint(cookie)))


def end_all(session: Session, reader_id: str, but: str = "") -> int:
    """End a reader's sessions, all but that of a cookie; gives how many."""
    found = session.scalars(select(Login).where(Login.reader_id == reader_id, Login.token != fingerprint(but))).all()
    for each in found:
        session.delete(each)
    session.flush()
    return len(found)


def _alive(login: Login, settings: Settings) -> bool:
    now = datetime.now(UTC)
    started, idle = (now - login.created).total_seconds(), (now - login.seen).total_seconds()
    return started < settings.session_s and idle < settings.idle_s
