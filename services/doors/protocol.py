"""HTTP/1.1 as uvicorn speaks it, with what its clients owe it, and limits of a request's header."""

import asyncio
from typing import Any

from doors.access.certificates import CertifiedProtocol
from doors.connections import Connections, Owes, Peer

MAX_HEADER_BYTES = 64 * 1024
"""Of a request line and header. Source: uvicorn's own limit where it uses h11; with httptools it has none."""

MAX_HEADER_FIELDS = 100
"""Source: Apache's LimitRequestFields, nginx's and Python's http.client's _MAXHEADERS are alike."""


class GuardedProtocol(CertifiedProtocol):
    """One connection's. What is too much of a header is answered 400, as every header that cannot be read."""

    def __init__(self, connections: Connections, peer: Peer, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._connections, self._peer = connections, peer
        self._header_bytes = 0
        self._whole = True
        """Whether the latest request has come to its end."""
        self._full = False
        """Whether the client has to read first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """It can speak from now on, after the TLS handshake where there is one."""
        self._peer.transport = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._connections.leave(self._peer)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Whatever of a header is not whole may not be longer than MAX_HEADER_BYTES.

        The end of a body is none of the next header's, also where its request was answered before.
        """
        self._header_bytes += len(data) if self._peer.owes is Owes.HEADER else 0
        super().data_received(data)
        if self._peer.owes is not Owes.HEADER:
            self._header_bytes = 0
        elif self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("The header is too large.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field; raises ValueError, which uvicorn answers 400, where there are too many or it is too long."""
        if len(self.headers) == MAX_HEADER_FIELDS or len(name) + len(value) > MAX_HEADER_BYTES:
            raise ValueError("the header is too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """A request begins."""
        self._whole = False
        super().on_headers_complete()
        self._settle()

    def on_message_complete(self) -> None:
        """It has come to its end."""
        self._whole = True
        super().on_message_complete()
        self._settle()

    def on_response_complete(self) -> None:
        """It is answered, perhaps before it has come to its end."""
        super().on_response_complete()
        self._settle()

    def pause_writing(self) -> None:
        """More is written than the client has read."""
        self._full = True
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        """It has read."""
        self._full = False
        super().resume_writing()
        self._settle()

    def _settle(self) -> None:
        """Say what the client owes; what is whole and not answered is ours."""
        answered = self.cycle is None or (self.cycle.response_complete and not self.pipeline)
        if self._full:
            owes = Owes.READING
        elif not self._whole:
            owes = Owes.BODY
        else:
            owes = Owes.HEADER if answered else Owes.NOTHING
        self._connections.turn(self._peer, owes)
