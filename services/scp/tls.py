"""TLS of the DICOM port, and who is turned away by it."""

import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from scp.settings import Settings

PASSING = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLZeroReturnError, ssl.SSLEOFError)
"""There is nothing to read yet, or nothing more."""

Tell = Callable[[str, str], None]
"""Called with the address of whoever is turned away, and why."""


class LateHandshake(ssl.SSLContext):
    """Shakes hands when the association's own thread first reads, not in the thread that accepts connections.

    pynetdicom wraps a connection before it gives it a thread of its own; a peer that connects and stays silent would
    keep out all others.
    """

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """As SSLContext's, without the handshake."""
        return super().wrap_socket(*arguments, **options | {"do_handshake_on_connect": False})


def server_context(settings: Settings, tell: Tell) -> ssl.SSLContext | None:
    """What is spoken where there is a certificate; None where there is none.

    Raises:
        OSError: a certificate cannot be read.
    """
    if not settings.tls_certificate:
        return None
    context = LateHandshake(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = _telling(tell)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # DICOM PS3.15, B.12: BCP 195 profiles
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    if settings.tls_clients:
        context.load_verify_locations(settings.tls_clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _telling(tell: Tell) -> type[ssl.SSLSocket]:
    """Sockets that tell of a handshake that failed: the library that reads from them keeps that to itself."""

    class Telling(ssl.SSLSocket):
        def read(self, len: int = 1024, buffer: Any = None) -> Any:  # as SSLSocket has it
            try:
                return super().read(len, buffer)
            except PASSING:
                raise
            except ssl.SSLError as error:
                address = ""
                with suppress(OSError):
                    address = str(self.getpeername()[0])
                tell(address, f"TLS: {error.reason or type(error).__name__}")
                raise

    return Telling
