"""Whether the reading room's audit is whole: auditing.verify, of the rows of its database."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auditing.chain import Chain
from auditing.mark import Place
from auditing.row import Sealed
from auditing.verify import BrokenError, Whole, look, marked
from review.chain.emptied import Emptied
from review.chain.seal import anchor, older_rows, sealed
from review.people import Audit, AuditHead

AT_ONCE = 1000
"""Rows that are read at once."""


def verify(session: Session, chain: Chain, begin: int | None = None) -> Whole:
    """Look at every row, the oldest first.

    Args:
        begin: the row to begin with, taking the seal of the one before it for right; all of them unless given.

    Raises:
        BrokenError: names the first row that was changed, removed or added.
    """
    ends = [*marked(chain.mark), _head(session)]  # before the rows: others may write meanwhile
    first = select(func.min(Audit.number)).where(Audit.seal.is_not(None), Audit.number >= (begin or 0))
    start = session.scalar(first)
    older = session.scalar(select(func.count()).select_from(older_rows().order_by(None).subquery())) or 0
    if start is None:
        if any(end.seal for end in ends):
            raise BrokenError("every row of the chain was removed")
        return Whole(0, 0, older, False)
    before = _before(session, start) if begin else anchor(session, chain)
    wanted = [each for each in ends if each.number >= start or not begin]
    emptied = Emptied(session, chain, start)
    last = look(_from(session, start), chain, start, before, wanted, emptied.is_right)
    emptied.check_said()
    return Whole(start, last, older, len(ends) > 1, len(emptied))


def _from(session: Session, start: int) -> Iterator[Sealed]:
    """All rows from a number on, some at a time: there may be millions."""
    while rows := session.scalars(
        select(Audit).where(Audit.number >= start).order_by(Audit.number).limit(AT_ONCE)
    ).all():
        start = rows[-1].number + 1
        yield from map(sealed, rows)
        session.expunge_all()


def _head(session: Session) -> Place:
    """Where the audit ends, by what the database itself says."""
    head = session.execute(select(AuditHead.number, AuditHead.seal)).one_or_none()
    if head is None:
        raise BrokenError("the head of the audit was removed")
    return Place(*head)


def _before(session: Session, start: int) -> str:
    before = select(Audit.seal).where(Audit.number < start).order_by(Audit.number.desc()).limit(1)
    return session.scalar(before) or ""
