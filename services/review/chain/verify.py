"""Whether the audit is whole: nothing in it was changed, removed or added by anybody who has not its key."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review.chain.mark import Place
from review.chain.seal import Chain, older_rows, said
from review.people import Audit, AuditHead, Redaction

FORGETS = ("patient.forget", "film.expire")
"""Actions of the rows that may say that others were emptied."""

AT_ONCE = 1000
"""Rows that are read at once."""


class BrokenError(Exception):
    """The audit is not as it was written; the message names the first row that tells."""


@dataclass(frozen=True)
class Whole:
    """What was found, where nothing is wrong."""

    first: int
    """Number of the first row of the chain, or of the first that was looked at; 0 where there is none."""
    last: int
    older: int
    """Rows from before there was a chain."""
    marked: bool
    """Whether the end is marked outside the database: only then it is known that nothing is missing there."""
    emptied: int = 0
    """Rows that hold no longer what was searched for, since somebody was forgotten."""

    def __str__(self) -> str:
        if not self.last:
            return f"no chain yet; {self.older} rows from before it, which nothing seals"
        told = f"whole: rows {self.first} to {self.last}"
        told += f", after {self.older} rows from before the chain, unchanged since it began" if self.older else ""
        told += f"; {self.emptied} of them emptied, since somebody was forgotten" if self.emptied else ""
        return told + ("" if self.marked else "; its end is marked nowhere else, so rows may be missing there")


def verify(session: Session, chain: Chain, begin: int | None = None) -> Whole:
    """Look at every row, the oldest first.

    Args:
        begin: the row to begin with, taking the seal of the one before it for right; all of them unless given.

    Raises:
        BrokenError: names the first row that was changed, removed or added.
    """
    ends = list(_ends(session, chain))  # before the rows: others may write meanwhile
    first = select(func.min(Audit.number)).where(Audit.seal.is_not(None), Audit.number >= (begin or 0))
    start = session.scalar(first)
    older = session.scalar(select(func.count()).select_from(older_rows().order_by(None).subquery())) or 0
    if start is None:
        if any(end.seal for end in ends):
            raise BrokenError("every row of the chain was removed")
        return Whole(0, 0, older, False)
    before = _before(session, start) if begin else chain.anchor(session.scalars(older_rows()))
    wanted, seals, emptied = {each.number for each in ends}, {}, _Emptied(session, chain, start)
    number = start - 1
    for number, seal in _rows(session, chain, start, before, emptied):
        if number in wanted:
            seals[number] = seal
    _check_ends([each for each in ends if each.number >= start or not begin], seals, number)
    emptied.check_said()
    return Whole(start, number, older, len(ends) > 1, len(emptied.by))


class _Emptied:
    """Rows that were emptied, and whether it is rows of the audit that say so."""

    def __init__(self, session: Session, chain: Chain, start: int) -> None:
        rows = session.execute(
            select(Redaction.number, Redaction.audit_number, Redaction.seal).where(Redaction.number >= start)
        )
        self._seals = {number: (by, seal) for number, by, seal in rows}
        self._chain = chain
        self.by = {number: by for number, (by, _) in self._seals.items()}
        self._said: set[int] = set()

    def is_right(self, row: Audit, before: str) -> bool:
        """Whether a row is as it was sealed, or as it was emptied."""
        if row.action in FORGETS:
            self._said.add(row.number)
        if row.number in self._seals:
            by, seal = self._seals[row.number]
            return seal == self._chain.emptied(row.seal or "", by, row.number, said(row))
        return row.seal == self._chain.seal(before, row.number, said(row))

    def check_said(self) -> None:
        """Raises BrokenError where a row was emptied that no row says anything of."""
        for number, by in sorted(self.by.items()):
            if by not in self._said:
                raise BrokenError(f"row {number} was emptied, and row {by} does not say so")


def _rows(session: Session, chain: Chain, start: int, before: str, emptied: _Emptied) -> Iterator[tuple[int, str]]:
    """Number and seal of each, after it was looked at."""
    expected = start
    for row in _from(session, start):
        if row.number != expected:
            raise BrokenError(f"row {expected} was removed" + _until(expected, row.number - 1))
        if row.seal is None:
            raise BrokenError(f"row {row.number} was added by something else than the reading room")
        if not emptied.is_right(row, before):
            older = ", or one from before the chain was" if row.number == start else ""
            raise BrokenError(f"row {row.number} was changed or replaced{older}; or this is not the audit's key")
        before, expected = row.seal, row.number + 1
        yield row.number, row.seal


def _from(session: Session, start: int) -> Iterator[Audit]:
    """All rows from a number on, some at a time: there may be millions."""
    while rows := session.scalars(
        select(Audit).where(Audit.number >= start).order_by(Audit.number).limit(AT_ONCE)
    ).all():
        yield from rows
        start = rows[-1].number + 1
        session.expunge_all()


def _ends(session: Session, chain: Chain) -> Iterator[Place]:
    """Where the audit's end is kept: in the database, and outside it. Raises BrokenError where either is damaged."""
    try:
        marked = chain.mark.read()
    except (ValueError, OSError) as error:
        raise BrokenError(f"{chain.mark.path} cannot be read: what it marked is not known") from error
    head = session.execute(select(AuditHead.number, AuditHead.seal)).one_or_none()
    if head is None:
        raise BrokenError("the head of the audit was removed")
    yield Place(*head)
    if marked:
        yield marked


def _check_ends(ends: list[Place], seals: dict[int, str], last: int) -> None:
    for end in ends:
        if end.number > last:
            raise BrokenError(f"row {last + 1} was removed" + _until(last + 1, end.number) + ", at the end")
        if seals.get(end.number) != end.seal:
            raise BrokenError(f"row {end.number} is not the one that was marked: the audit was replaced up to there")


def _until(first: int, last: int) -> str:
    return f", and all to row {last}" if last > first else ""


def _before(session: Session, start: int) -> str:
    before = select(Audit.seal).where(Audit.number < start).order_by(Audit.number.desc()).limit(1)
    return session.scalar(before) or ""
