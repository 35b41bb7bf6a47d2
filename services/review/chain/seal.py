"""Rows of the audit are sealed when their transaction is committed: numbered without gaps, and each with its HMAC.

All of a transaction waits until its end for the chain's head, which one transaction holds at a time, in one process or
in several, and then only for as long as its commit takes.
"""

from typing import Any

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from auditing.chain import Chain
from auditing.mark import Place
from auditing.row import Row, Sealed
from review.people import Audit, AuditHead

log = structlog.get_logger()

CHAIN, HELD, SEALED, FORKED = "chain", "held", "sealed", "forked"
"""In a session's info: its chain; rows that wait for the commit; the last that was sealed; that it must not be marked,
since the audit does not go on from where it was marked before."""

UNTRACKED = {"synchronize_session": False}
"""Of a statement whose rows the session does not hold."""


def sealed(row: Audit) -> Sealed:
    """A row of the database, as the chain has it."""
    return Sealed(row.number, row.seal, Row(row.at, row.reader_id, row.action, row.film_id, row.detail))


def hold(session: Session, row: Row) -> None:
    """Have a row written when the session is committed, or at once by write_held; never, where that fails.

    Raises:
        LookupError: the session has no chain.
    """
    if CHAIN not in session.info:
        raise LookupError("this session cannot record: it has no chain")
    session.info.setdefault(HELD, []).append(row)


def write_held(session: Session) -> None:
    """Seal and write the rows that the session holds. Others wait for the chain's head until it is committed."""
    held: list[Row] = session.info.pop(HELD, [])
    if not held:
        return
    session.flush()
    chain: Chain = session.info[CHAIN]
    place = _head(session, chain)
    for row in held:
        number = place.number + 1
        place = Place(number, chain.seal(place.seal, number, row))
        said = {"at": row.at, "reader_id": row.who, "action": row.action, "film_id": row.about, "detail": row.detail}
        session.add(Audit(number=number, seal=place.seal, **said))
    session.execute(update(AuditHead).values(number=place.number, seal=place.seal), execution_options=UNTRACKED)
    session.flush()
    if not session.info.pop(FORKED, False):
        session.info[SEALED] = place


def committed(session: Session) -> None:
    """Mark the last row that was written, outside the database."""
    place: Place | None = session.info.pop(SEALED, None)
    if place is None:
        return
    try:
        session.info[CHAIN].mark.advance(place)
    except OSError as error:  # the row is there; only how far the audit goes is not marked
        log.error("audit not marked", error=type(error).__name__)


def rolled_back(session: Session) -> None:
    """What has not happened is not recorded."""
    session.info.pop(HELD, None)
    session.info.pop(SEALED, None)


def _head(session: Session, chain: Chain) -> Place:
    """The newest row of the chain, which no other transaction gets until this one ends.

    The first statement writes, so that on SQLite, too, nobody else can read the same head meanwhile.
    """
    locked = update(AuditHead).values(number=AuditHead.number).returning(AuditHead.number, AuditHead.seal)
    newest = Place(*session.execute(locked, execution_options=UNTRACKED).one())
    _check_mark(session, chain, newest)
    # Somebody may have added rows by other means: they are found by who verifies, and do not stop us.
    last = session.scalar(select(func.max(Audit.number))) or 0
    return Place(max(newest.number, last), newest.seal or anchor(session, chain))


def anchor(session: Session, chain: Chain) -> str:
    """What stands before the chain's first row."""
    return chain.anchor(sealed(each).row.canonical(each.number) for each in session.scalars(older_rows()))


def older_rows() -> Any:
    """Those from before there was a chain."""
    first = select(func.min(Audit.number)).where(Audit.seal.is_not(None)).scalar_subquery()
    older = select(Audit).where(Audit.seal.is_(None), (Audit.number < first) | first.is_(None))
    return older.order_by(Audit.number).execution_options(yield_per=1000)


def _check_mark(session: Session, chain: Chain, head: Place) -> None:
    """Say so where the audit does not go on from where it was marked; the mark then stays, for who verifies."""
    try:
        marked = chain.mark.read()
    except (ValueError, OSError):
        marked = Place(0, "damaged")
    if marked and not is_there(session, marked, head):
        session.info[FORKED] = True
        log.error("audit does not continue", marked=marked.number, head=head.number)


def is_there(session: Session, place: Place, head: Place) -> bool:
    """Whether a row is in the chain that ends with this head."""
    if place.number >= head.number:
        return place == head
    return session.scalar(select(Audit.seal).where(Audit.number == place.number)) == place.seal
