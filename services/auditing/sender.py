"""Sends an audit to the hospital's repository by syslog over TLS. The audit itself is the buffer: nothing is lost.

Syslog has no receipts. Rows count as sent when the repository has closed a connection that we had ended: what was on
its way then has been read. What is not sure to have arrived is sent again, and a row's number tells it from another.
"""

import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Protocol

import structlog

from auditing.message import framed
from auditing.settings import Repository

log = structlog.get_logger()

CHECK_S, TIMEOUT_S = 2.0, 10.0
"""How often it is looked whether there is anything to send; and how long the repository may take for anything."""

FIRST_PAUSE_S, MAX_PAUSE_S = 2.0, 300.0
"""After a failure; it doubles with each until the longest."""

AT_ONCE = 200
"""Rows of one connection."""


class Buffer(Protocol):
    """Rows that the repository does not have yet."""

    def claim(self, most: int) -> AbstractContextManager[Sequence[bytes]]:
        """The next ones as syslog messages, the oldest first; they count as sent where the block ends well."""


class Sender:
    """A thread that sends what was not sent yet, the oldest first, across restarts."""

    def __init__(self, settings: Repository, buffer: Buffer) -> None:
        """Of an audit.

        Raises:
            OSError: a certificate cannot be read.
        """
        self._where = settings.syslog_host, settings.syslog_port
        self._context = ssl.create_default_context(cafile=settings.syslog_authority)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.syslog_certificate:
            self._context.load_cert_chain(settings.syslog_certificate, settings.syslog_certificate_key)
        self._buffer = buffer
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit sender", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after what there is to send, where the repository takes it at once."""
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
        if pause_s <= CHECK_S:  # it took the last ones
            with suppress(Exception):
                while self.send():
                    pass

    def send(self) -> int:
        """Send the next rows; gives how many.

        Raises:
            OSError: the repository does not answer, or nobody whom we trust knows it; or the audit cannot be read.
        """
        with self._buffer.claim(AT_ONCE) as messages:
            if messages:
                self._deliver(b"".join(map(framed, messages)))
            return len(messages)

    def _deliver(self, frames: bytes) -> None:
        """Returns when the other side has read all of it."""
        with (
            socket.create_connection(self._where, TIMEOUT_S) as plain,
            self._context.wrap_socket(plain, server_hostname=self._where[0]) as connection,
        ):
            connection.sendall(frames)
            with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError):  # it may close without a word of its own
                connection.unwrap()
