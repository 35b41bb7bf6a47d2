"""`make trial ARGS="reading"`: how fast the reading room is beside 10,000 films (build/reading.json).

Measured in a real browser: pages, from the moment they are asked for; and a film that is handled, from a pointer that
moves to the frame that shows it. The stack has to be up, since a film is assessed for it.
"""

import argparse
import gzip
import json
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from local import pages
from local.places import DEFAULT_RUN, ROOT
from local.ports import Ports
from local.stack import Stack
from tests import peers
from tests.integration.reading_room import BROWSER, FLAGS, SAMPLES, Doctor, Room, open_room
from tests.trials.bench.facts import facts
from tests.trials.reading import handling, showing
from tests.trials.reading.filling import fill

OUT = ROOT / "build" / "reading.json"
FILMS, TIMES = 10_000, 20
INSIGHT_TIMES = 5
SIZE = (2048, 2500)
"""Columns and rows of the film: what a common detector gives."""


def main(words: Sequence[str]) -> int:
    """Measure, print and keep."""
    argparse.ArgumentParser(prog='make trial ARGS="reading"', description=__doc__).parse_args(words)
    stack, console = Stack.found(DEFAULT_RUN, Ports.default({})), Console(highlight=False)
    if reason := peers.why_not(*BROWSER) or ("" if stack.is_up() else "the stack is wanted: `make up` starts it"):
        console.print(reason)
        return 1
    pages.build()
    of_machine = facts()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        open_room(Path(folder), stack.url) as room,
    ):
        room.add_reader("eva", "chief")
        fill(room, FILMS)
        browser = playwright.chromium.launch(executable_path=peers.path("chromium"), args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        context.add_init_script(showing.WATCH)
        figures = of_machine | _measure(Doctor(context, room).log_in("eva"), room, browser)
        browser.close()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1) + "\n")
    _show(console, figures)
    return 0


def _measure(eva: Doctor, room: Room, browser: Browser) -> dict[str, Any]:
    eva.add(_film())
    took = showing.lists(eva, FILMS, TIMES) | showing.film(eva, room, TIMES)
    took["window set by mouse, a frame"] = handling.drag(eva, browser, "left")
    took["film moved by mouse, a frame"] = handling.drag(eva, browser, "middle")
    took["film zoomed by mouse, a frame"] = handling.drag(eva, browser, "right")
    eva.press("z")
    took["window set by a finger, a frame"], wider = handling.touch_window_drag(eva, browser)
    took["film zoomed and moved by two fingers, a frame"], zoomed = handling.pinch(eva, browser)
    took |= showing.insight(eva, room, INSIGHT_TIMES)
    script = (pages.BUILT / "film.js").read_bytes()
    return {
        "films": FILMS,
        "size": SIZE,
        "ms": {name: _spread(values) for name, values in took.items()},
        "widened_by_a_finger": wider,
        "zoomed_by_two_fingers": zoomed,
        "script_bytes": len(script),
        "script_gzip_bytes": len(gzip.compress(script, 9)),
    }


def _spread(values: list[float]) -> dict[str, float]:
    """How many; median, 5th and 95th percentile."""
    p50, p5, p95 = (round(float(each), 1) for each in np.percentile(values, [50, 5, 95]))
    return {"times": len(values), "p50": p50, "p5": p5, "p95": p95}


def _film() -> dict[str, Any]:
    file = BytesIO()
    Image.open(SAMPLES / "normal.png").convert("L").resize(SIZE, Image.Resampling.BICUBIC).save(file, "PNG")
    return {"name": "film.png", "mimeType": "image/png", "buffer": file.getvalue()}


def _show(console: Console, figures: dict[str, Any]) -> None:
    table = Table("what", "times", "median", "5 % to 95 %", title=f"beside {figures['films']} films; milliseconds")
    for name, each in figures["ms"].items():
        table.add_row(name, str(each["times"]), f"{each['p50']:.0f}", f"{each['p5']:.0f} to {each['p95']:.0f}")
    console.print(table)
    script, compressed = figures["script_bytes"] / 1000, figures["script_gzip_bytes"] / 1000
    console.print(f"film.js: {script:.0f} KB, {compressed:.0f} KB compressed")
    wider, zoomed = figures["widened_by_a_finger"], figures["zoomed_by_two_fingers"]
    console.print(f"a finger made the window {wider:g} gray values wider, two the film {zoomed:g} times as large")
    console.print(f"kept in {OUT}")
