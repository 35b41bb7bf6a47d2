"""`make trial ARGS="screenshots"`: the reading room's pages as pictures, docs/images/*.png.

The films are the samples of tests/data, assessed by the stack that `make demo` has started, which reads hands, too. The
insight page's readings are simulated, since nobody has read yet: they show what the page looks like, and say nothing of
any reader or model.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from pydicom import dcmread

from local import pages
from local.places import DEFAULT_RUN, ROOT
from local.ports import Ports
from local.stack import Stack
from tests import peers
from tests.integration.reading_room import BROWSER, FLAGS, SAMPLES, Doctor, Room, open_room
from tests.unit.review.site import Site, simulate

OUT = ROOT / "docs" / "images"
LAPTOP, PORTRAIT = {"width": 1280, "height": 720}, {"width": 1200, "height": 1920}
"""A 13-inch laptop's, and a monitor's that stands upright."""

TELEPHONE = {"width": 390, "height": 844}
DAYS = ("20240110", "20250302", "20260104")
"""Of one patient's films."""

SIMULATED = 600
"""Films: enough for the figures that need many."""


def main(words: Sequence[str]) -> int:
    """Take them all."""
    argparse.ArgumentParser(prog='make trial ARGS="screenshots"', description=__doc__).parse_args(words)
    stack = Stack.found(DEFAULT_RUN, Ports.default({}))
    if reason := peers.why_not(*BROWSER) or ("" if stack.is_up() else "the stack is wanted: `make demo` starts it"):
        print(reason, file=sys.stderr)
        return 1
    pages.build()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=peers.path("chromium"), args=FLAGS)
        for name, take in PAGES.items():
            (Path(folder) / name).mkdir()
            with open_room(Path(folder) / name, stack.url, blind_share=int(name == "blind")) as room:
                room.add_reader("eva", "chief")
                take(Doctor(browser.new_context(viewport=LAPTOP), room).log_in("eva"), room)
    return 0


def _films(eva: Doctor, room: Room) -> None:
    eva.add(*(SAMPLES / name for name in ("pneumonia.jpg", "normal.png", "rotated.png", "cat.jpg", "film.dcm")))
    eva.page.goto(room.url)
    _save(eva.page, "worklist")
    eva.open()
    _save(eva.page, "film")
    eva.page.set_viewport_size(PORTRAIT)
    _save(eva.page, "portrait")
    eva.page.set_viewport_size(TELEPHONE)
    _save(eva.page, "telephone")
    eva.page.set_viewport_size(LAPTOP)
    eva.page.goto(room.url)
    _open(eva, "rotated")
    _save(eva.page, "refusal")
    eva.page.goto(f"{room.url}/account")
    eva.page.select_option("[name=language]", "es")
    eva.page.locator("form:has([name=language]) button").click()
    eva.page.goto(room.url)
    _open(eva, "pneumonia")
    _save(eva.page, "spanish")


def _open(eva: Doctor, name: str) -> None:
    eva.page.locator("#rows tr", has_text=re.compile(name)).locator("a.open").click()
    eva.wait_film()


def _number(eva: Doctor, room: Room) -> None:
    hands = f"{room.url}/?status=all&source=any&problem=bone-age"
    eva.page.goto(hands)
    eva.page.set_input_files("#files", SAMPLES / "hand.png")
    eva.page.wait_for_selector("#drops-close:not([hidden])")
    eva.page.goto(hands)
    eva.open()
    _save(eva.page, "number")


def _earlier(eva: Doctor, room: Room) -> None:
    for number, day in enumerate(DAYS):
        film = dcmread(SAMPLES / "film.dcm")
        film.StudyDate, film.SOPInstanceUID = day, f"1.2.3.{number}"
        film.save_as(room.folder / "film.dcm")
        eva.add(room.folder / "film.dcm")
    eva.page.goto(f"{room.url}/?order=newest")
    eva.open()
    eva.press("e")
    eva.page.locator("#pane-beside canvas").wait_for()
    eva.page.get_by_test_id("earlier-film").last.scroll_into_view_if_needed()
    _save(eva.page, "earlier")


def _blind(eva: Doctor, room: Room) -> None:
    eva.add(SAMPLES / "pneumonia.jpg")
    eva.page.goto(room.url)
    eva.open()
    _save(eva.page, "blind")


def _insight(eva: Doctor, room: Room) -> None:
    simulate(Site(room.sessions), SIMULATED)
    eva.page.goto(f"{room.url}/insight")
    eva.page.set_viewport_size({"width": 1280, "height": 1600})
    _save(eva.page, "insight")


PAGES = {"films": _films, "earlier": _earlier, "blind": _blind, "number": _number, "insight": _insight}


def _save(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)
    page.screenshot(path=OUT / f"{name}.png")
    print(f"{name}.png")
