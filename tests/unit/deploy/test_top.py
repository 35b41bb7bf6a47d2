"""`make top`: against a gateway that runs, one that went away, and none."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from gateway.top.figures import figures
from gateway.top.scrape import Scrape, Series
from gateway.top.window import Window
from local.errors import NotUpError
from local.places import ROOT
from local.ports import Ports, any_free
from local.stack import Stack
from local.top import watching
from local.top.minute import last_minute, told
from local.top.sources import Source, Sources
from tests import films
from tests.unit.conftest import Start

PATH = "/v1/assessments"
PNG = {"Content-Type": "image/png"}
LISTENER = """
# TYPE cxr_scp_received_total counter
cxr_scp_received_total{answer="kept"} %d
# TYPE cxr_scp_queued gauge
cxr_scp_queued{route="pacs"} 2.0
# TYPE cxr_scp_dead gauge
cxr_scp_dead 1.0
"""


@pytest.fixture
def nothing(tmp_path: Path) -> Stack:
    """No stack."""
    return Stack(tmp_path, Ports.free())


def said(*words: str) -> Namespace:
    """Options as the command line gives them."""
    parser = ArgumentParser()
    watching.add_options(parser)
    return parser.parse_args(words)


async def shown(stack: Stack, *words: str) -> str:
    """What is printed while films are sent beside it, where nobody looks at a terminal."""
    out = StringIO()
    await asyncio.to_thread(watching.watch, stack, said(*words), Console(file=out, width=120))
    return out.getvalue()


async def sending(client: httpx.AsyncClient) -> None:
    """Films, one after another; the last is none."""
    while True:
        await client.post(PATH, content=films.png(), headers=PNG | {"Cache-Control": "no-cache"})
        await client.post(PATH, content=b"no film", headers=PNG)


async def test_where_a_films_time_goes_is_shown_of_a_gateway_that_works(start: Start, nothing: Stack) -> None:
    client = await start()
    work = asyncio.create_task(sending(client))
    try:
        text = await shown(nothing, "--url", str(client.base_url), "--seconds", "2")
    finally:
        work.cancel()

    for word in ("films/s", "routine", "p95", "classifier: transport", "classifier: network", "decode", "whole film"):
        assert word in text
    assert "unsupported-type" in text, "the last problem"
    assert "Listener" not in text, "it was not asked"


async def test_programs_get_the_same_as_json(start: Start, nothing: Stack) -> None:
    client = await start()
    work = asyncio.create_task(sending(client))
    try:
        told = json.loads(await shown(nothing, "--json", "--url", str(client.base_url), "--seconds", "2"))
    finally:
        work.cancel()

    assert told["gateway"]["films_per_s"] > 0
    assert told["gateway"]["outcomes"]["assessed"] > 0
    assert told["listener"] is None
    assert told["reading_room"] is None


async def test_where_nothing_runs_it_says_what_starts_it(nothing: Stack) -> None:
    with pytest.raises(NotUpError, match="`make up` starts it"):
        await shown(nothing, "--once")


async def test_a_gateway_that_does_not_answer_is_named(nothing: Stack) -> None:
    url = f"http://127.0.0.1:{any_free(1)[0]}"

    with pytest.raises(NotUpError, match=f"No gateway answers at {url}"):
        await shown(nothing, "--url", url, "--seconds", "0.1")


@pytest.mark.parametrize("seconds", ["0", "nan", "-1", "x"])
def test_seconds_that_are_none_are_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        said("--seconds", seconds)
    assert "--seconds" in capsys.readouterr().err


def answering(texts: list[str]) -> httpx.Client:
    """A client of services that answer one text after another, and then nothing any more."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=texts.pop(0)) if texts else httpx.Response(503)

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_the_listeners_figures_are_told_beside() -> None:
    sources = Sources.at("http://gateway", "http://listener", "", 10)
    with answering(["", LISTENER % 3, "", LISTENER % 5]) as client:
        sources.look(client)
        sources.look(client)

    now = sources.now()

    assert now
    assert now.listener
    assert now.listener.films_per_min > 0
    assert (now.listener.dead, now.listener.to_deliver) == (1, {"pacs": 2})


def test_a_service_that_went_away_is_forgotten_and_begins_anew() -> None:
    source = Source("http://gateway")
    with answering(["", ""]) as client:
        source.look(client, 10)
        source.look(client, 10)
        before = source.window()
        source.look(client, 10)

    assert before is not None
    assert source.window() is None


def test_ctrl_c_ends_the_live_form_as_if_it_were_done(tmp_path: Path) -> None:
    """On a terminal; the screen that was there before comes back, and there is no traceback."""
    program = """
import signal, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from local.cli import main

class Empty(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests in the background has it ignored
server = HTTPServer(("127.0.0.1", 0), Empty)
Thread(target=server.serve_forever, daemon=True).start()
sys.exit(main(["--run-dir", sys.argv[1], "top", "--url", f"http://127.0.0.1:{server.server_port}"]))
"""
    leader, follower = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'services'}:{ROOT / 'deploy'}", "TERM": "xterm"}
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment) as running:
        seen = b""
        while b"films/s" not in seen:
            seen += os.read(leader, 65536)
        running.send_signal(signal.SIGINT)
        while b"\x1b[?1049l" not in seen:
            seen += os.read(leader, 65536)
        code = running.wait(60)
    os.close(leader)
    os.close(follower)

    assert code == 0
    assert b"Traceback" not in seen


def test_the_last_minute_is_one_line_without_what_was_not_measured() -> None:
    before = Scrape(1000.0, {})
    films = [Series({"lane": "routine", "le": bound}, count) for bound, count in (("0.1", 0.0), ("0.2", 30.0))]
    counted = {"cxr_assessments_total": [Series({"outcome": "assessed"}, 30.0)], "cxr_request_seconds_bucket": films}

    assert told(figures(Window(before, Scrape(1060.0, counted)))) == (
        "0.50 films/s over the last 60 s, p95 routine 195 ms"
    )
    assert told(figures(Window(before, Scrape(1060.0, {})))) == "0.00 films/s over the last 60 s"


def test_without_a_gateway_there_is_no_last_minute(nothing: Stack) -> None:
    assert last_minute(nothing) == ""
