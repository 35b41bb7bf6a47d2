"""The token that a gateway asks for."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from client.errors import LaterError
from client.gateway import Gateway


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str | None]]]:
    """A server's address, and the Authorization headers of its requests."""
    seen: list[str | None] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def test_it_is_read_for_every_request_since_somebody_renews_it(asked, tmp_path):
    url, seen = asked
    with Gateway(url, 5, tmp_path / "token") as gateway:
        for token in ("first", "second\n"):
            (tmp_path / "token").write_text(token)
            gateway.assessment("x")

    assert seen == ["Bearer first", "Bearer second"]  # RFC 6750, 2.1


def test_without_one_nothing_is_sent(asked):
    url, seen = asked
    with Gateway(url, 5) as gateway:
        gateway.assessment("x")

    assert seen == [None]


def test_a_token_that_cannot_be_read_keeps_films_waiting_and_nothing_is_sent(asked, tmp_path):
    url, seen = asked
    with Gateway(url, 5, tmp_path / "missing") as gateway:
        with pytest.raises(LaterError, match="cannot be read") as raised:
            gateway.assessment("x")
        assert not gateway.ready()

    assert (raised.value.code, seen) == ("no-token", [])
