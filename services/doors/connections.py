"""The connections of one HTTP door: a client that keeps its own waiting keeps nobody else out (slowloris, floods)."""

import asyncio
import contextlib
import socket
from collections import Counter
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv6Address, ip_address

import structlog

log = structlog.get_logger()

READ_WITHIN_S = 300.0
"""In which a client has to read what it is sent. Source: 64 MB, the largest film, at 2 Mbit/s."""

TELL_EVERY_S = 60.0
"""How often the log says that connections are ended, in a flood of them."""


class Owes(IntEnum):
    """What a client has to do before its connection can go on; the lower are the first to be given up."""

    HEADER = 0
    """Send a whole request header; also who is shaking hands for TLS, and who is kept alive and asks nothing."""
    BODY = 1
    """Send the rest of its request."""
    READING = 2
    """Read its answer."""
    NOTHING = 3
    """Wait: it is our turn."""


@dataclass(frozen=True)
class Limits:
    """Of one door."""

    most: int
    """Connections at once."""
    header_s: float = 10.0
    """In which a request header has to be whole. Source: an honest one comes within milliseconds, or three lost
    packets: 1 + 2 + 4 s (RFC 6298, 2)."""
    body_s: float = 300.0
    """In which the rest has to be there."""

    @property
    def most_of_one(self) -> int:
        """Connections of one address: three quarters, as at the DICOM port; behind a proxy, all are of one."""
        return max(1, self.most - self.most // 4)

    def within_s(self, owes: Owes) -> float:
        """How long a client may owe that, which is not NOTHING."""
        return (self.header_s, self.body_s, READ_WITHIN_S)[owes]


class Peer:
    """One connection."""

    def __init__(self, connection: socket.socket, network: str) -> None:
        self.socket = connection
        self.network = network
        self.transport: asyncio.BaseTransport | None = None
        """Known when TLS, where there is any, has shaken hands."""
        self.owes = Owes.NOTHING
        self.timer: asyncio.TimerHandle | None = None

    def hang_up(self) -> None:
        """Send no more, whatever is waiting to be sent."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
            return
        with contextlib.suppress(OSError):  # it has ended meanwhile
            self.socket.shutdown(socket.SHUT_RDWR)


class Connections:
    """Those that there are. All is done in the event loop's thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._peers: dict[Peer, None] = {}
        self._of: Counter[str] = Counter()
        self._owing: dict[Owes, dict[Peer, None]] = {each: {} for each in Owes if each is not Owes.NOTHING}
        self._ended, self._told = 0, -TELL_EVERY_S

    def __len__(self) -> int:
        return len(self._peers)

    def arrive(self, connection: socket.socket, address: str) -> Peer | None:
        """Take a connection on, and end another for it where there are too many; None where none may be ended."""
        network = network_of(address)
        crowded = self._of[network] >= self._limits.most_of_one
        if crowded or len(self) >= self._limits.most:
            longest = self._longest(network if crowded else None)
            self._tell()
            if longest is None:
                return None
            self.end(longest)
        peer = Peer(connection, network)
        self._peers[peer] = None
        self._of[network] += 1
        self.turn(peer, Owes.HEADER)
        return peer

    def turn(self, peer: Peer, owes: Owes) -> None:
        """Say what a client owes from now on; its time runs from when it began to owe that."""
        if peer.owes is owes or peer not in self._peers:
            return
        self._settle(peer)
        peer.owes = owes
        if owes is not Owes.NOTHING:
            self._owing[owes][peer] = None
            peer.timer = asyncio.get_running_loop().call_later(self._limits.within_s(owes), self._late, peer)

    def end(self, peer: Peer) -> None:
        """Hang up."""
        self.leave(peer)
        peer.hang_up()

    def leave(self, peer: Peer) -> None:
        """It is over; once more does nothing."""
        if peer in self._peers:
            self._settle(peer)
            del self._peers[peer]
            self._of[peer.network] -= 1
            if not self._of[peer.network]:
                del self._of[peer.network]

    def _settle(self, peer: Peer) -> None:
        if peer.timer:
            peer.timer.cancel()
            peer.timer = None
        if peer.owes is not Owes.NOTHING:
            del self._owing[peer.owes][peer]
            peer.owes = Owes.NOTHING

    def _late(self, peer: Peer) -> None:
        self._tell()
        self.end(peer)

    def _longest(self, network: str | None) -> Peer | None:
        """The one that has owed for longest what is given up first, of a network or of all."""
        owing = (peer for peers in self._owing.values() for peer in peers)
        return next((peer for peer in owing if network in (None, peer.network)), None)

    def _tell(self) -> None:
        self._ended += 1
        now = asyncio.get_running_loop().time()
        if now - self._told >= TELL_EVERY_S:
            log.warning("connections ended", count=self._ended, open=len(self))
            self._ended, self._told = 0, now


def network_of(address: str) -> str:
    """Whom an address stands for: itself, or of IPv6 the first 64 bits, of which one client has all the rest.

    Source:
        RFC 6177, 2; RFC 4291, 2.5.5.2 for IPv4 addresses in IPv6.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)
