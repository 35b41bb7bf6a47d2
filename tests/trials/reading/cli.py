"""`make trial ARGS="reading"`: how fast the reading room is beside 10,000 films (build/reading.json).

Measured in a real browser, from the moment a page is asked for: until its film is on the screen, until the models'
answer is, and until the viewer has taken over. The stack has to be up, since a film is assessed for it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import APIRequestContext, sync_playwright
from rich.console import Console
from rich.table import Table

import pages
from local.places import DEFAULT_RUN, ROOT
from local.ports import Ports
from local.stack import Stack
from tests import peers
from tests.integration.reading_room import BROWSER, FLAGS, SAMPLES, Doctor, Room, open_room
from tests.trials.bench.facts import facts
from tests.unit.review.site import Site

OUT = ROOT / "build" / "reading.json"
FILMS, TIMES = 10_000, 20
SIZE = (2048, 2500)
"""Columns and rows of the film: what a common detector gives."""

WATCH = """
const seen = {
  film: () => document.getElementById("first")?.naturalWidth > 0 && document.getElementById("first").complete,
  answer: () => document.getElementById("answer-body")?.childElementCount > 0,
  viewer: () => document.getElementById("film")?.dataset.ready,
};
window.told = {};
const look = () => {
  for (const [name, there] of Object.entries(seen)) if (!(name in told) && there()) told[name] = performance.now();
  if (Object.keys(told).length < 3) requestAnimationFrame(look);
};
look();
"""
"""When what was on the screen, in milliseconds from the start of the navigation; looked at each frame."""

LISTS = {
    "to read, most urgent first": "/",
    "all, newest first, last page": f"/?status=all&order=newest&page={FILMS // 50}",
    "search by name": "/?status=all&search=patient+77",
}


def main(words: Sequence[str]) -> int:
    """Measure, print and keep."""
    argparse.ArgumentParser(prog='make trial ARGS="reading"', description=__doc__).parse_args(words)
    stack, console = Stack.found(DEFAULT_RUN, Ports.default({})), Console(highlight=False)
    if reason := peers.why_not(*BROWSER) or ("" if stack.is_up() else "the stack is wanted: `make up` starts it"):
        console.print(reason)
        return 1
    pages.build()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        open_room(Path(folder), stack.url) as room,
    ):
        room.add_reader("ada")
        _fill(room)
        browser = playwright.chromium.launch(executable_path=peers.path("chromium"), args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        context.add_init_script(WATCH)
        ada = Doctor(context, room).log_in("ada")
        ada.add(_film())
        figures = facts() | {"films": FILMS, "times": TIMES, "size": SIZE} | _measure(ada, room)
        browser.close()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n")
    _show(console, figures)
    return 0


def _measure(ada: Doctor, room: Room) -> dict[str, Any]:
    request = ada.context.request
    lists = {
        name: _percentiles([_took_ms(request, room.url + path) for _ in range(TIMES)]) for name, path in LISTS.items()
    }
    newest = room.films()[-1].id
    shown: dict[str, list[float]] = {"film": [], "answer": [], "viewer": []}
    for _ in range(TIMES):
        ada.page.goto(f"{room.url}/films/{newest}")
        ada.wait_film()
        ada.page.wait_for_timeout(100)
        for name, at in ada.page.evaluate("window.told").items():
            shown[name].append(at)
    return {"lists_ms": lists, "shown_ms": {name: _percentiles(values) for name, values in shown.items()}}


def _took_ms(request: APIRequestContext, url: str) -> float:
    started = time.perf_counter()
    assert request.get(url).ok
    return 1000 * (time.perf_counter() - started)


def _percentiles(values: list[float]) -> list[float]:
    """Median, 5th and 95th percentile."""
    return [round(float(each), 1) for each in np.percentile(values, [50, 5, 95])]


def _fill(room: Room) -> None:
    """Films of a month; a tenth is unread."""
    site, now = Site(room.sessions), datetime.now(UTC)
    for number in range(FILMS):
        urgency = (number * 37 % 100) / 100
        state = "unread" if number % 10 == 0 else "settled"
        named = {"patient_name": f"Patient {number}", "search": f"patient {number} p{number}"}
        arrived = now - timedelta(minutes=4 * (FILMS - number) + 1)
        site.film((urgency, (1 - urgency) / 2, (1 - urgency) / 2), state=state, arrived=arrived, **named)
    site.keep()


def _film() -> dict[str, Any]:
    file = BytesIO()
    Image.open(SAMPLES / "normal.png").convert("L").resize(SIZE, Image.Resampling.BICUBIC).save(file, "PNG")
    return {"name": "film.png", "mimeType": "image/png", "buffer": file.getvalue()}


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table("what", "median", "5 % to 95 %", title=f"{FILMS} films, {TIMES} times each; milliseconds")
    for name, (median, low, high) in figures["lists_ms"].items():
        table.add_row(f"worklist: {name}", f"{median:.0f}", f"{low:.0f} to {high:.0f}")
    for name, (median, low, high) in figures["shown_ms"].items():
        table.add_row(f"film page until the {name}", f"{median:.0f}", f"{low:.0f} to {high:.0f}")
    console.print(table)
    console.print(f"kept in {OUT}")
