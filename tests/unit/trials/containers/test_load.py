"""What an answer counts as while containers are killed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.trials.containers.load import ANSWERED, HUNG_UP, LOST, REFUSED, asked

Manner = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def gateway(manner: Manner) -> Iterator[httpx.Client]:
    """A client of a server that answers every film in the same manner."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            manner(self)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}") as client:
            yield client
        server.shutdown()


def says(status: int, **headers: str) -> Manner:
    """Answers so."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    """Without a word."""
    handler.close_connection = True


@pytest.mark.parametrize(
    ("manner", "worth"),
    [
        pytest.param(says(200), ANSWERED, id="answered"),
        pytest.param(says(503, **{"Retry-After": "5"}), REFUSED, id="told when to come back"),
        pytest.param(says(503), LOST, id="told nothing"),
        pytest.param(says(500, **{"Retry-After": "5"}), LOST, id="an error"),
        pytest.param(hangs_up, HUNG_UP, id="hung up on"),
    ],
)
def test_a_film_counts_as(manner: Manner, worth: str) -> None:
    with gateway(manner) as client:
        assert asked(client, b"film")[0] == worth


def test_a_film_for_which_nobody_listens_is_hung_up_on() -> None:
    with gateway(hangs_up) as client:
        nowhere = client.base_url

    with httpx.Client(base_url=nowhere) as client:
        assert asked(client, b"film")[0] == HUNG_UP
