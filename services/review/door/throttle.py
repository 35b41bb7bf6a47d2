"""Guessing is slow: after too many failed log-ins nobody gets in for a while, not even with the right password."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

import structlog
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from review.database import Sessions
from review.door.logins import fingerprint
from review.errors import TooManyError
from review.people import Attempt

log = structlog.get_logger()

WINDOW = timedelta(minutes=15)
MAX_FAILURES_PER_LOGIN = 5
MAX_FAILURES_PER_ADDRESS = 20


def admit(sessions: Sessions, login: str, address: str) -> None:
    """Count an attempt before its password is looked at; forgive takes it back when that was right.

    Attempts are committed before they are counted: of many at the same moment no more than the limit get through.

    Raises:
        TooManyError: too many have failed; says when to try again.
    """
    now = datetime.now(UTC)
    attempt = Attempt(at=now, login=fingerprint(login), address=network(address))
    with sessions.begin() as session:
        session.execute(delete(Attempt).where(Attempt.at < now - WINDOW))
        session.add(attempt)
    with sessions.begin() as session:
        waits = [each for each in _waits(session, attempt) if each > 0]
        if waits:  # who is not let in does not make the wait longer
            session.execute(delete(Attempt).where(Attempt.number == attempt.number))
    if waits:
        log.warning("log-in blocked", address=attempt.address)
        error = TooManyError(f"too many log-ins failed: try again in {-(-max(waits) // 60)} min")
        error.retry_after_s = max(waits)
        raise error


def forgive(session: Session, login: str) -> None:
    """Forget the attempts for a log-in name: the right password was given."""
    session.execute(delete(Attempt).where(Attempt.login == fingerprint(login)))


def network(address: str) -> str:
    """Who counts as one: an IPv4 address, or the /64 that a single customer has of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64)
    return str(parsed)


def _waits(session: Session, attempt: Attempt) -> Iterator[int]:
    yield _wait_s(session, attempt, Attempt.login == attempt.login, MAX_FAILURES_PER_LOGIN)
    yield _wait_s(session, attempt, Attempt.address == attempt.address, MAX_FAILURES_PER_ADDRESS)


def _wait_s(session: Session, attempt: Attempt, which: ColumnElement[bool], limit: int) -> int:
    """Seconds until fewer than the limit of the others are left; 0 where that is so already."""
    query = select(Attempt.at).where(which, Attempt.number != attempt.number, Attempt.at > attempt.at - WINDOW)
    deciding = session.scalar(query.order_by(Attempt.at.desc()).offset(limit - 1).limit(1))
    return max(1, -int((attempt.at - deciding - WINDOW).total_seconds() // 1)) if deciding else 0
