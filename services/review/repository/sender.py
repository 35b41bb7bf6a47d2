"""Sends the audit to the hospital's repository by syslog over TLS. The audit itself is the buffer: nothing is lost.

Syslog has no receipts. Rows count as sent when the repository has closed a connection that we had ended: what was on
its way then has been read. What is not sure to have arrived is sent again, and a row's number tells it from another.
"""

import socket
import ssl
import threading
from contextlib import suppress
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review.database import Sessions
from review.people import Audit, Reader
from review.repository.message import framed, syslog
from review.settings import Settings
from review.tables import Bookmark, Film

log = structlog.get_logger()

NAME = "audit"
"""The bookmark of how far the audit was sent."""

CHECK_S, TIMEOUT_S = 2.0, 10.0
"""How often it is looked whether there is anything to send; and how long the repository may take for anything."""

FIRST_PAUSE_S, MAX_PAUSE_S = 2.0, 300.0
"""After a failure; it doubles with each until the longest."""

AT_ONCE = 200
"""Rows of one connection."""


class Sender:
    """A thread that sends what was not sent yet, the oldest first, across restarts."""

    def __init__(self, settings: Settings, sessions: Sessions) -> None:
        """Of an audit.

        Raises:
            OSError: a certificate cannot be read.
        """
        self._where = settings.syslog_host, settings.syslog_port
        self._context = ssl.create_default_context(cafile=settings.syslog_authority)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.syslog_certificate:
            self._context.load_cert_chain(settings.syslog_certificate, settings.syslog_certificate_key)
        self._sessions = sessions
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after what is on its way."""
        self._stop.set()
        self._thread.join(TIMEOUT_S)

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                pause_s = 0.0 if self.send() else CHECK_S
            except Exception as error:  # the repository, the database, or a bug of ours: what is not sent waits
                log.warning("audit not sent", error=type(error).__name__)
                pause_s = min(max(2 * pause_s, FIRST_PAUSE_S), MAX_PAUSE_S)

    def send(self) -> int:
        """Send the next rows; gives how many.

        Raises:
            OSError: the repository does not answer, or nobody whom we trust knows it.
            SQLAlchemyError: the database does not answer.
        """
        with self._sessions() as session:
            rows = session.execute(_waiting(session).limit(AT_ONCE)).all()
            frames = b"".join(framed(syslog(*row)) for row in rows)
        if rows:
            self._deliver(frames)
            with self._sessions.begin() as session:
                session.merge(Bookmark(name=NAME, cursor=str(rows[-1][0].number)))
        return len(rows)

    def _deliver(self, frames: bytes) -> None:
        """Returns when the other side has read all of it."""
        with (
            socket.create_connection(self._where, TIMEOUT_S) as plain,
            self._context.wrap_socket(plain, server_hostname=self._where[0]) as connection,
        ):
            connection.sendall(frames)
            with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError):  # it may close without a word of its own
                connection.unwrap()


def unsent(session: Session) -> int:
    """How many rows of the audit the repository does not have."""
    return session.scalar(select(func.count()).select_from(_waiting(session).order_by(None).subquery())) or 0


def _waiting(session: Session) -> Any:
    """Rows that were not sent, with who they are of and their film, the oldest first."""
    mark = session.get(Bookmark, NAME)
    rows = select(Audit, Reader, Film).where(Audit.number > (int(mark.cursor) if mark else 0))
    rows = rows.join(Reader, Reader.id == Audit.reader_id, isouter=True)
    return rows.join(Film, Film.id == Audit.film_id, isouter=True).order_by(Audit.number)
