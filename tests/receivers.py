"""Peers that results are pushed to, over real sockets: they keep what they are sent, and answer as they are told."""

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_S = 0.02
"""How often a server that a test ends looks whether it has ended."""


class Webhook(ThreadingHTTPServer):
    """An HTTP server that keeps what is posted to it."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        """Of every answer."""
        self.kept: list[tuple[dict[str, str], bytes]] = []
        """Headers, their names in lower case, and body of each request that came."""
        super().__init__(("127.0.0.1", 0), _Post)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Post(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.kept.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


SECRET = f"whsec_{base64.b64encode(bytes(range(24))).decode()}"
"""What events are signed with. Source: Standard Webhooks 1.0.0: the base64 of 24 to 64 bytes."""

START, END = b"\x0b", b"\x1c\r"
"""Of a message on its way. Source: HL7, MLLP Release 1."""


def acknowledgement(message: bytes, code: str = "AA") -> bytes:
    """The answer to a message, under its own control id."""
    control = message.split(b"|")[9].decode()
    return f"MSH|^~\\&|RIS||CXRCASCADE||20260101||ACK^R01^ACK|1|P|2.5.1\rMSA|{code}|{control}\r".encode()


def _accept(connection: socket.socket, message: bytes) -> None:
    connection.sendall(START + acknowledgement(message) + END)


class Mllp(socketserver.ThreadingTCPServer):
    """A receiver of HL7 messages over MLLP that keeps what it is sent."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.kept: list[bytes] = []
        self.answer: Callable[[socket.socket, bytes], None] = _accept
        """Called with the connection and each message; accepts it unless a test says otherwise."""
        super().__init__(("127.0.0.1", 0), _Messages)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, *_: Any) -> None:
        """A client that ends a connection is none of its troubles."""


class _Messages(socketserver.BaseRequestHandler):
    server: Mllp

    def handle(self) -> None:
        got = b""
        while piece := self.request.recv(4096):
            got += piece
            while END in got:
                message, _, got = got.partition(END)
                self.server.kept.append(message.removeprefix(START))
                self.server.answer(self.request, message.removeprefix(START))


@contextlib.contextmanager
def webhook() -> Iterator[Webhook]:
    """A running one."""
    with Webhook() as server, serving(server):
        yield server


@contextlib.contextmanager
def mllp(tls: ssl.SSLContext | None = None) -> Iterator[Mllp]:
    """A running one."""
    with Mllp(tls) as server, serving(server):
        yield server


@contextlib.contextmanager
def serving(server: Any) -> Iterator[None]:
    """Run a server of the standard library meanwhile."""
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
