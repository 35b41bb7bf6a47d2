"""Peers that results are pushed to, over real sockets: they keep what they are sent, and answer as they are told."""

import contextlib
import threading
from collections.abc import Iterator
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


@contextlib.contextmanager
def webhook() -> Iterator[Webhook]:
    """A running one."""
    with Webhook() as server, _serving(server):
        yield server


@contextlib.contextmanager
def _serving(server: Any) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(POLL_S,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
