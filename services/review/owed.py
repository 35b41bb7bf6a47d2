"""What could not be written because the disk is full, held in memory until it can be: films stay readable meanwhile.

A patient may wait for a film to be read, so who may read it is not kept from it; what they saw is told in the log, and
is in the audit as soon as there is room. If the reading room ends before, it is in the log alone.
"""

import threading
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from auditing.row import Row
from review.chain.seal import hold
from review.database import Sessions, is_full
from review.tables import Sitting

log = structlog.get_logger()

MOST = 10_000
"""Rows; the next is an error, and nothing is shown any more. About 10 MiB."""


@dataclass(frozen=True)
class Debt:
    """A row of the audit, and the sitting that it is of, if it is of one."""

    row: Row
    sitting: dict[str, Any] | None = None

    def pay(self, session: Session) -> None:
        """Write it, with the session's commit."""
        if self.sitting:
            session.add(Sitting(**self.sitting))
            session.flush()
        hold(session, self.row)


class Owed:
    """Of one process; safe to share between threads."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._debts: list[Debt] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._debts)

    def write(self, debt: Debt) -> None:
        """Write it, after all that is owed; or hold it, where the disk is full.

        Raises:
            OperationalError: it cannot be written for another reason, or too much is held already.
        """
        with self._lock:
            debts = [*self._debts, debt]
            try:
                self._pay(debts)
                self._debts = []
            except OperationalError as error:
                if not is_full(error) or len(debts) > MOST:
                    raise
                self._debts = debts
                told = {"action": debt.row.action, "reader_id": debt.row.who, "film_id": debt.row.about}
                log.error("audit held in memory: the disk is full", held=len(debts), **told)

    def settle(self) -> None:
        """Write what is owed, where there is room again."""
        with self._lock:
            try:
                self._pay(self._debts)
                self._debts = []
            except OperationalError:
                return

    def _pay(self, debts: list[Debt]) -> None:
        if debts:
            with self._sessions.begin() as session:
                for each in debts:
                    each.pay(session)
