"""A gateway that misbehaves: films wait as long as it may be its fault, and are given up when it is theirs."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from results.reading import Reading
from results.whole_reading import write_whole_reading
from scp.waits import Backoff
from tests.trials.traffic.exposures import exposures
from tests.unit.results.conftest import KEY, assessment, result
from tests.unit.scp.conftest import POLL_S, concluded, send


class Misbehaving(ThreadingHTTPServer):
    """Answers each POST with the next of its answers: a status and a code, or nothing but a closed connection.

    Bytes are a whole reading. An answer without a code is not a gateway's: a proxy's page, or another program's. From a
    time on, if one is given, it answers with the last.
    """

    answers: list[tuple[int, str] | bytes | None]
    asked = 0
    headers: dict[str, str] = {}  # noqa: RUF012 - of every answer
    well_after_s: float | None = None
    first_asked: float | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next_answer(self) -> tuple[int, str] | bytes | None:
        now = time.monotonic()
        self.first_asked = self.first_asked or now
        if self.well_after_s is not None:
            return self.answers[-1 if now - self.first_asked >= self.well_after_s else 0]
        return self.answers[min(self.asked, len(self.answers)) - 1]


class Handler(BaseHTTPRequestHandler):
    server: Misbehaving

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        answer = self.server.next_answer()
        if answer is None:
            self.close_connection = True
            return
        if isinstance(answer, bytes):
            status, kind, body = 200, "application/zip", answer
        else:
            status, code = answer
            own = {"type": f"urn:cxr:{code}", "code": code, "detail": "as told"}
            body = json.dumps(own).encode() if code else b"<h1>It works!</h1>"
            kind = "application/problem+json" if code else "text/html"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def gateway() -> Iterator[Misbehaving]:
    with Misbehaving(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(POLL_S,)).start()
        yield server
        server.shutdown()


def whole(**changes: Any) -> bytes:
    """The gateway's answer to a film that it assessed."""
    pixels = np.tile(np.arange(64, dtype=np.uint8), (64, 1))
    return write_whole_reading(Reading(None, assessment(**changes), result(), pixels, KEY))


async def test_a_film_at_which_the_gateway_dies_each_time_is_given_up_with_the_reason(listen, gateway):
    gateway.answers = [None]
    service = listen(gateway=gateway.url)

    await send(service, *exposures(1))

    assert await concluded(service, "failed")
    assert list(service.spool.dead().values()) == ["gateway-lost"]
    assert gateway.asked == 2 * 5  # each try once more on a fresh connection


async def test_a_stage_that_fails_at_a_film_is_asked_a_few_times(listen, gateway, pacs):
    gateway.answers = [(502, "stage-failed")]
    service = listen(gateway=gateway.url)

    await send(service, *exposures(1))

    assert await concluded(service, "failed")
    assert list(service.spool.dead().values()) == ["stage-failed"]
    assert gateway.asked == 5
    assert len(pacs.of("SR")) == 1


async def test_a_film_of_which_a_result_cannot_be_written_is_given_up_with_the_reason(listen, gateway, pacs, capsys):
    gateway.answers = [whole(models={})]  # which does not say which segmenter found the lungs
    service = listen(gateway=gateway.url)

    await send(service, *exposures(1, patient="Secret"))

    assert await concluded(service, "failed")
    assert list(service.spool.dead().values()) == ["results-unwritable"]
    assert gateway.asked == 5
    assert len(pacs.of("SR")) == 1  # that there is no result
    assert len(pacs.arrivals) == 1
    assert "Secret" not in capsys.readouterr().out


async def test_a_film_that_the_gateway_reads_and_we_do_not_is_given_up_with_the_reason(listen, gateway, capsys):
    gateway.answers = [whole()]
    service = listen(gateway=gateway.url)

    received = service.spool.incoming / "film.dcm"
    received.write_bytes(b"Secret" + 20_000 * b"no DICOM")
    service.intake.take(received, "MODALITY")

    assert await concluded(service, "failed")
    assert list(service.spool.dead().values()) == ["results-unwritable"]
    assert "Secret" not in capsys.readouterr().out


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_a_gateway_that_is_full_or_starting_is_asked_again_and_again(listen, gateway, status):
    gateway.answers = [(status, "busy")] * 3 + [(422, "multi-frame")]
    service = listen(gateway=gateway.url)

    await send(service, *exposures(1))

    assert await concluded(service, "failed")
    assert list(service.spool.dead().values()) == ["multi-frame"]
    assert gateway.asked == 4


@pytest.mark.parametrize(
    ("status", "code"),
    [*((status, "") for status in (200, 301, 401, 403, 404, 500, 501, 502)), (404, "not-found"), (401, "log-in")],
)
async def test_what_answers_in_the_gateways_place_buries_no_film(listen, gateway, pacs, status, code):
    """A proxy while the gateway restarts, a mesh, another program at its port, a wrong address: none knows the film.

    Another service of ours tells problems as the gateway does.
    """
    gateway.answers = [(status, code)] * 2 + [(422, "multi-frame")]
    service = listen(gateway=gateway.url)

    await send(service, *exposures(1))

    assert await concluded(service, "failed")
    assert gateway.asked == 3  # after the first two the film waited
    assert list(service.spool.dead().values()) == ["multi-frame"]
    assert len(pacs.of("SR")) == 1


async def test_a_gateway_that_says_when_to_come_back_is_left_alone_until_then(listen, gateway):
    gateway.answers = [(503, "stage-unavailable"), (422, "multi-frame")]
    gateway.headers, gateway.well_after_s = {"Retry-After": "1"}, 0.9
    service = listen(gateway=gateway.url)

    await send(service, *exposures(1))

    assert await concluded(service, "failed")
    assert gateway.asked == 2  # by itself it would have come back some times within a second


async def test_a_film_that_waits_for_ever_is_given_up_after_a_while(listen, gateway):
    gateway.answers = [(503, "stage-unavailable")]
    service = listen(gateway=gateway.url, give_up_s=0.3)

    await send(service, *exposures(1))

    assert await concluded(service, "failed")
    assert list(service.spool.dead().values()) == ["stage-unavailable"]


async def test_films_wait_in_the_order_in_which_they_came(listen, gateway):
    gateway.answers = [(503, "stage-unavailable")]
    service = listen(gateway=gateway.url)
    films = list(exposures(3))

    for film in films:
        await send(service, film)

    known = {film: uid for film, uid, _ in service.ledger.films()}
    assert [known[each.film] for each in service.spool.waiting()] == [film.SOPInstanceUID for film in films]


def test_pauses_double_up_to_the_longest_however_often_it_failed():
    pauses = Backoff(first_s=0.5, longest_s=15)

    assert [pauses.pause_s(failures) for failures in range(7)] == [0.5, 1, 2, 4, 8, 15, 15]
    assert pauses.pause_s(100_000) == 15  # as after a day without a gateway
