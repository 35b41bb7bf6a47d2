"""Browsers in which a reader has logged in before: nobody elsewhere can keep the reader from logging in there."""

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from review.door import cookies, throttle
from review.door.logins import fingerprint
from review.people import Device, Reader

COOKIE = "-device"

KNOWN = timedelta(days=90)
"""After the last log-in there, a browser is like any other."""


def place(session: Session, reader: Reader | None, cookie: str) -> str:
    """What the database keeps of a browser's cookie, where the reader is known there; else nothing."""
    token = fingerprint(cookie)
    found = session.get(Device, (token, reader.id)) if reader and cookie else None
    return token if found and found.seen > datetime.now(UTC) - KNOWN else ""


def counted(session: Session, reader: Reader | None, cookie: str, address: str) -> str:
    """As which place what fails there counts: the reader's own browser, or else the address."""
    known = place(session, reader, cookie)
    return throttle.device(known) if known else throttle.network(address)


def remember(request: Request, response: Response, session: Session, reader: Reader) -> None:
    """The reader has logged in with this browser, which others may use as well: it keeps its cookie."""
    now = datetime.now(UTC)
    cookie = cookies.given(request, COOKIE) or secrets.token_urlsafe(32)
    session.execute(delete(Device).where(Device.seen < now - KNOWN))
    session.merge(Device(token=fingerprint(cookie), reader_id=reader.id, seen=now))
    cookies.put(request, response, COOKIE, cookie, int(KNOWN.total_seconds()))


def forget(session: Session, reader_id: str) -> None:
    """The reader has a new password: every browser has to be told it first."""
    session.execute(delete(Device).where(Device.reader_id == reader_id))
