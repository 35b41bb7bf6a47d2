"""Listening sockets: who connects is counted before anything else is done for them, a TLS handshake included."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Sequence

from doors.connections import Connections, Peer

BACKLOG = 2048
"""Clients that have connected and are not taken on yet. Source: uvicorn's own."""

AT_A_TIME = 32
"""Connections that are taken on before the event loop has its turn, in which those that are ended give back their
files: so many more than there may be are open for a moment."""

AGAIN_S = 0.05
"""Until it is tried again, where there was no file for a connection."""

NO_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Doorway:
    """Of one door; it closes as an asyncio.Server does."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        connections: Connections,
        protocol: Callable[[Peer], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        handshake_s: float,
    ) -> None:
        """Take clients on from now on.

        Args:
            listeners: which listen.
            connections: the door's.
            protocol: called for each peer.
            tls: that is spoken, if any.
            handshake_s: that a client may take to shake hands.
        """
        self._listeners = listeners
        self._connections = connections
        self._protocol = protocol
        self._tls = {"ssl": tls, "ssl_handshake_timeout": handshake_s} if tls else {}
        self._loop = asyncio.get_running_loop()
        self._meeting: set[asyncio.Task[None]] = set()
        self._open = True
        for each in listeners:
            each.setblocking(False)
            self._listen(each)

    def close(self) -> None:
        """Take nobody on any more."""
        self._open = False
        for each in self._listeners:
            self._loop.remove_reader(each)
            each.close()

    async def wait_closed(self) -> None:
        """Return when nobody is on their way in."""
        for each in self._meeting:
            each.cancel()
        await asyncio.gather(*self._meeting, return_exceptions=True)

    def _listen(self, listener: socket.socket) -> None:
        if self._open:
            self._loop.add_reader(listener, self._accept, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(AT_A_TIME):
            try:
                connection, address = listener.accept()
            except OSError as error:
                if error.errno in NO_FILES:  # the listener stays readable: asked at once, it would be asked for ever
                    self._loop.remove_reader(listener)
                    self._loop.call_later(AGAIN_S, self._listen, listener)
                return
            connection.setblocking(False)
            peer = self._connections.arrive(connection, address[0])
            if peer is None:
                connection.close()
                continue
            meeting = self._loop.create_task(self._meet(peer))
            self._meeting.add(meeting)
            meeting.add_done_callback(self._meeting.discard)

    async def _meet(self, peer: Peer) -> None:
        """Shake hands where TLS is spoken, and hand over; who does not come so far has gone."""
        met = False
        try:
            with contextlib.suppress(OSError):  # a handshake that failed, too
                await self._loop.connect_accepted_socket(lambda: self._protocol(peer), peer.socket, **self._tls)  # type: ignore[arg-type]
                met = True
        finally:
            if not met:
                self._connections.leave(peer)
                peer.socket.close()


def listeners_at(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen at every address that a name stands for.

    Raises:
        OSError: there is no such address here, or its port is taken.
    """
    found: list[socket.socket] = []
    try:
        flags = socket.AI_PASSIVE
        infos = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=flags)
        for family, *_, address in dict.fromkeys(infos):
            found.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
    except OSError:
        for each in found:
            each.close()
        raise
    return found
