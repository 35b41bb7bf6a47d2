"""Rows of the audit that the hospital's repository does not have yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review.database import Sessions
from review.people import Audit, Reader
from review.repository.message import message
from review.tables import Bookmark, Film

NAME = "audit"
"""The bookmark of how far the audit was sent."""


class Unsent:
    """What auditing.sender sends: the database says how far it was sent."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    @contextmanager
    def claim(self, most: int) -> Iterator[list[bytes]]:
        """The next ones, as syslog messages; where the block ends well they count as sent.

        Raises:
            SQLAlchemyError: the database does not answer.
        """
        with self._sessions() as session:
            rows = session.execute(_waiting(session).limit(most)).all()
            messages = [message(*row).syslog() for row in rows]
        yield messages
        if rows:
            with self._sessions.begin() as session:
                session.merge(Bookmark(name=NAME, cursor=str(rows[-1][0].number)))


def unsent(session: Session) -> int:
    """How many rows of the audit the repository does not have."""
    return session.scalar(select(func.count()).select_from(_waiting(session).order_by(None).subquery())) or 0


def _waiting(session: Session) -> Any:
    """Rows that were not sent, with who they are of and their film, the oldest first."""
    mark = session.get(Bookmark, NAME)
    rows = select(Audit, Reader, Film).where(Audit.number > (int(mark.cursor) if mark else 0))
    rows = rows.join(Reader, Reader.id == Audit.reader_id, isouter=True)
    return rows.join(Film, Film.id == Audit.film_id, isouter=True).order_by(Audit.number)
