"""Who has to wait now, after log-ins that failed: for an administrator who is asked for help."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from review.door import throttle
from review.door.logins import fingerprint
from review.languages.texts import gettext as _
from review.people import Attempt, Reader


@dataclass(frozen=True)
class Slowed:
    """One wait."""

    reader: Reader | None
    """Whose log-in name it is for; None: it is for a whole address, whichever name is tried there."""
    place: str
    """An address, `a known browser`, or `anywhere`."""
    failures: int
    until: datetime


def slowed(session: Session) -> list[Slowed]:
    """All waits that are not over, the longest first. Names that nobody has are known by no more than a digest."""
    now = datetime.now(UTC)
    found = [*_at_places(session, now), *_of_addresses(session, now), *_anywhere(session, now)]
    return sorted((each for each in found if each.until > now), key=lambda each: each.until, reverse=True)


def _at_places(session: Session, now: datetime) -> Iterator[Slowed]:
    """Waits for a log-in name at one place."""
    readers = _by_digest(session)
    query = select(Attempt.login, Attempt.address, func.count(), func.max(Attempt.at))
    query = query.where(Attempt.at > now - throttle.REMEMBERED).group_by(Attempt.login, Attempt.address)
    for login, address, count, last in session.execute(query).all():
        if login in readers:
            place = _("a known browser") if address.startswith(throttle.DEVICE) else address
            yield Slowed(readers[login], place, count, last + throttle.wait_after(count))


def _of_addresses(session: Session, now: datetime) -> Iterator[Slowed]:
    limit = throttle.MAX_FAILURES_PER_PLACE
    for address, count in _many(session, Attempt.address, limit, now):
        ends = throttle.window_ends(session, Attempt.address == address, limit, now)
        yield Slowed(None, address, count, ends or now)


def _anywhere(session: Session, now: datetime) -> Iterator[Slowed]:
    readers, limit = _by_digest(session), throttle.MAX_FAILURES_PER_LOGIN
    for login, count in _many(session, Attempt.login, limit, now):
        if login in readers:
            ends = throttle.window_ends(session, (Attempt.login == login) & throttle.ELSEWHERE, limit, now)
            yield Slowed(readers[login], _("anywhere"), count, ends or now)


def _many(session: Session, column: InstrumentedAttribute[str], limit: int, now: datetime) -> list[tuple[str, int]]:
    """What has so many failures in the window, and how many."""
    query = select(column, func.count()).where(Attempt.at > now - throttle.WINDOW, throttle.ELSEWHERE)
    rows = session.execute(query.group_by(column).having(func.count() >= limit)).all()
    return [(value, count) for value, count in rows]


def _by_digest(session: Session) -> dict[str, Reader]:
    """Readers by what attempts have of their log-in names: for passwords, and for codes."""
    readers = session.scalars(select(Reader)).all()
    return {fingerprint(name): each for each in readers for name in (each.login, throttle.second(each.login))}
