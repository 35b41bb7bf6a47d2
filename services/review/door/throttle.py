"""Guessing is slow: who fails too often waits, longer each time; and nobody makes somebody else wait.

What counts is a log-in name from one place: an address, or a browser in which that reader has logged in before. Whoever
tries a doctor's name from elsewhere slows down only themselves.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address

import structlog
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from review.database import Sessions
from review.door.logins import fingerprint
from review.errors import TooManyError
from review.languages.texts import gettext as _
from review.people import Attempt

log = structlog.get_logger()

FREE = 5
"""Failures of a log-in name from one place before the first wait."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
"""The wait doubles with each further failure."""

REMEMBERED = timedelta(hours=24)
"""For so long a failure counts for its log-in name and place."""

WINDOW = timedelta(minutes=15)
"""For so long it counts for its place, and for its log-in name wherever it comes from."""

MAX_FAILURES_PER_PLACE = 20

MAX_FAILURES_PER_LOGIN = 100
"""From all places but the reader's own browsers. Source: NIST SP 800-63B, 5.2.2."""

DEVICE = "device "

ELSEWHERE = Attempt.address.not_like(f"{DEVICE}%")
"""Not in a browser in which the reader has logged in before."""


def second(login: str) -> str:
    """The name for which wrong codes count: no password is wrong there, and so none that is right forgives them."""
    return f"{login} second factor"


def device(token: str) -> str:
    """The place that is a browser in which the reader has logged in before, whatever its address."""
    return f"{DEVICE}{token}"[:64]


def admit(sessions: Sessions, login: str, place: str) -> None:
    """Count an attempt before its password is looked at; forgive takes it back when that was right.

    Attempts are committed before they are counted: of many at the same moment no more than the limit get through.

    Args:
        sessions: of the database.
        login: the log-in name, folded.
        place: network or device.

    Raises:
        TooManyError: too many have failed; says when to try again.
    """
    now = datetime.now(UTC)
    attempt = Attempt(at=now, login=fingerprint(login), address=place)
    with sessions.begin() as session:
        session.execute(delete(Attempt).where(Attempt.at < now - REMEMBERED))
        session.add(attempt)
    with sessions.begin() as session:
        longest = max(_waits_s(session, attempt))
        if longest > 0:  # who is not let in does not make the wait longer
            session.execute(delete(Attempt).where(Attempt.number == attempt.number))
    if longest > 0:
        log.warning("log-in blocked", address="a known browser" if place.startswith(DEVICE) else place)
        error = TooManyError(_("too many log-ins failed: try again in %(minutes)s min", minutes=-(-longest // 60)))
        error.retry_after_s = longest
        raise error


def forgive(session: Session, login: str, place: str) -> None:
    """Forget the attempts for a log-in name from a place: the right password was given there."""
    session.execute(delete(Attempt).where(Attempt.login == fingerprint(login), Attempt.address == place))


def unlock(session: Session, login: str) -> None:
    """Forget all attempts for a log-in name, wherever they came from: passwords and codes."""
    names = [fingerprint(each) for each in (login, second(login))]
    session.execute(delete(Attempt).where(Attempt.login.in_(names)))


def wait_after(failures: int) -> timedelta:
    """How long who failed so often from one place waits."""
    return min(FIRST_WAIT * 2 ** min(failures - FREE, 10), LONGEST_WAIT) if failures >= FREE else timedelta()


def window_ends(session: Session, which: ColumnElement[bool], limit: int, now: datetime) -> datetime | None:
    """When fewer failures than the limit will be left in the window; None where that is so already."""
    query = select(Attempt.at).where(which, Attempt.at > now - WINDOW)
    deciding = session.scalar(query.order_by(Attempt.at.desc()).offset(limit - 1).limit(1))
    return deciding + WINDOW if deciding else None


def network(address: str) -> str:
    """Who counts as one: an IPv4 address, or the /64 that a single customer has of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64)
    return str(parsed)


def _waits_s(session: Session, attempt: Attempt) -> Iterator[int]:
    here, name = Attempt.address == attempt.address, Attempt.login == attempt.login
    yield _growing_s(session, attempt, here & name)
    yield _window_s(session, attempt, here, MAX_FAILURES_PER_PLACE)
    if not attempt.address.startswith(DEVICE):
        yield _window_s(session, attempt, name & ELSEWHERE, MAX_FAILURES_PER_LOGIN)


def _growing_s(session: Session, attempt: Attempt, which: ColumnElement[bool]) -> int:
    """Seconds until the wait after the last of the others is over; 0 where it is."""
    others = select(func.count(), func.max(Attempt.at)).where(which, Attempt.number != attempt.number)
    count, last = session.execute(others.where(Attempt.at > attempt.at - REMEMBERED)).one()
    return _left_s(last + wait_after(count) - attempt.at) if count >= FREE else 0


def _window_s(session: Session, attempt: Attempt, which: ColumnElement[bool], limit: int) -> int:
    """Seconds until fewer than the limit of the others are left; 0 where that is so already."""
    ends = window_ends(session, which & (Attempt.number != attempt.number), limit, attempt.at)
    return _left_s(ends - attempt.at) if ends else 0


def _left_s(left: timedelta) -> int:
    return max(0, -int(-left.total_seconds() // 1))
