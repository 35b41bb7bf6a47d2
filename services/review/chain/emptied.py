"""Rows of the audit that were emptied of what was searched for, since somebody was forgotten."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from auditing.chain import Chain
from auditing.row import Sealed
from auditing.verify import BrokenError
from review.people import Redaction

FORGETS = ("patient.forget", "film.expire")
"""Actions of the rows that may say that others were emptied."""


class Emptied:
    """Those of an audit from one row on."""

    def __init__(self, session: Session, chain: Chain, start: int) -> None:
        columns = select(Redaction.number, Redaction.audit_number, Redaction.seal)
        rows = session.execute(columns.where(Redaction.number >= start))
        self._by = {number: (by, seal) for number, by, seal in rows}
        self._chain = chain
        self._said: set[int] = set()

    def __len__(self) -> int:
        return len(self._by)

    def is_right(self, each: Sealed, before: str) -> bool:
        """Whether a row is as it was sealed, or as it was emptied."""
        if each.row.action in FORGETS:
            self._said.add(each.number)
        if each.number in self._by:
            by, seal = self._by[each.number]
            return seal == self._chain.emptied(each, by)
        return each.seal == self._chain.seal(before, each.number, each.row)

    def check_said(self) -> None:
        """Raises BrokenError where a row was emptied that no row says anything of."""
        for number, (by, _) in sorted(self._by.items()):
            if by not in self._said:
                raise BrokenError(f"row {number} was emptied, and row {by} does not say so")
