"""A system that speaks HL7 version 2 as a peer: messages over MLLP, each of which it acknowledges.

Source: HL7, "Transport Specification: MLLP, Release 1"; HL7 v2.5.1, 2.9.2 (original mode) and table 0008.
"""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from scp.errors import PeerAwayError, PeerRefusedError
from scp.peers.session import TIMEOUT_S, Receiver
from scp.routes import Hl7Peer

START, END = b"\x0b", b"\x1c\r"
"""Of a message on its way."""

MAX_ANSWER_BYTES = 64 * 1024
"""Of an acknowledgement, which is a few lines."""

ACCEPTED, REJECTED = ("AA", "CA"), ("AE", "AR", "CE", "CR")


class Hl7Session(Receiver):
    """One connection; an object is a message without its receiver."""

    name = "a receiver of HL7 messages"

    def __init__(self, peer: Hl7Peer, connection: socket.socket) -> None:
        self._peer = peer
        self._connection = connection

    def send(self, data: bytes) -> None:
        """Send it, and wait for its own acknowledgement."""
        try:
            self._connection.sendall(START + addressed(data, self._peer) + END)
            answer = self._answer()
        except OSError as error:
            raise PeerAwayError("ended the connection, or did not acknowledge in time") from error
        code, acknowledged = acknowledgement(answer)
        if acknowledged != control_id(data):
            raise PeerAwayError("acknowledged another message, or none")
        if code in REJECTED:
            raise PeerRefusedError(f"HL7 acknowledgement {code}")
        if code not in ACCEPTED:
            raise PeerAwayError("answers no HL7 acknowledgement")

    def _answer(self) -> bytes:
        """The next message that comes, in however many pieces."""
        got, end = b"", time.monotonic() + TIMEOUT_S
        while END not in got:
            self._connection.settimeout(max(0.001, end - time.monotonic()))
            piece = self._connection.recv(4096)
            got += piece
            if not piece or len(got) > MAX_ANSWER_BYTES:
                raise PeerAwayError("ended the connection before it acknowledged")
        return got.partition(START)[2].partition(END)[0]


@contextmanager
def opened(peer: Hl7Peer) -> Iterator[Hl7Session]:
    """A connection to it.

    Raises:
        PeerAwayError: it cannot be reached.
    """
    try:
        connection = socket.create_connection((peer.host, peer.port), TIMEOUT_S)
    except OSError as error:
        raise PeerAwayError("cannot be reached") from error
    with connection:
        if not peer.tls:
            yield Hl7Session(peer, connection)
            return
        try:
            context = ssl.create_default_context(cafile=peer.tls_authority)
            secured = context.wrap_socket(connection, server_hostname=peer.host)
        except OSError as error:  # a certificate that is not trusted is one, too
            raise PeerAwayError("speaks no TLS that this machine trusts") from error
        with secured:
            yield Hl7Session(peer, secured)


def addressed(message: bytes, peer: Hl7Peer) -> bytes:
    """A message with its receiver in MSH-5 and MSH-6."""
    start, _, rest = message.partition(b"\r")
    fields = start.split(b"|")
    fields[4], fields[5] = peer.application.encode(), peer.facility.encode()
    return b"|".join(fields) + b"\r" + rest


def control_id(message: bytes) -> str:
    """MSH-10."""
    return message.split(b"|", 10)[9].decode()


def acknowledgement(answer: bytes) -> tuple[str, str]:
    """MSA-1 and MSA-2; empty where there are none. Whatever else is in the answer is not looked at."""
    separator = answer[3:4] or b"|"
    for segment in answer.replace(b"\n", b"\r").split(b"\r"):
        fields = [each.strip().decode("ascii", "replace") for each in segment.split(separator)]
        if fields[0] == "MSA" and len(fields) > 2:
            return fields[1], fields[2]
    return "", ""
