"""The page of the lessons in a browser: a chief starts teaching and judging, and the page follows without a reload."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from local.places import ROOT
from tests.integration.reading_room import Doctor, Room, doctor, needs_browser, open_room
from tests.unit.conftest import free_port
from tests.unit.review.site import Site
from tests.unit.review.test_lessons_allowed import settle

pytestmark = needs_browser

WITHIN_MS = 120_000
"""Many times what it takes."""

AT_FILMS = """
import sys, time
from pathlib import Path
from learning.progress import alone, telling

lessons = Path(sys.argv[1])
with alone(lessons, None), telling(lessons / "round.json") as teller:
    teller.step("Looking at the films", 9)
    while True:
        done = len(list(lessons.glob("looked-at-*")))
        teller.films(done, 9)
        time.sleep(0.1)
"""
"""A round, started elsewhere, of which the test says how far it is."""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """With enough settled films, whose pictures are missing, and with lessons."""
    (tmp_path / "lessons").mkdir()
    options = {"lessons": tmp_path / "lessons", "releases": tmp_path / "none.yaml", "teach": "true"}
    with open_room(tmp_path, f"http://127.0.0.1:{free_port()}", **options) as room:
        settle(Site(room.sessions), 75, 25)
        room.add_reader("eva", "chief")
        yield room


@pytest.fixture
def eva(browser: Browser, room: Room) -> Iterator[Doctor]:
    """A chief at the page."""
    with doctor(browser, room, "eva") as eva:
        eva.page.goto(f"{room.url}/lessons")
        yield eva


def _mark(page: Page) -> None:
    page.evaluate("window.loadedOnce = true")


def _reloaded(page: Page) -> bool:
    return not page.evaluate("window.loadedOnce === true")


def test_a_chief_starts_a_round_and_its_end_comes_onto_the_page_by_itself(eva: Doctor) -> None:
    eva.page.get_by_role("button", name="Teach and judge").click()
    expect(eva.page.get_by_role("progressbar")).to_be_visible()
    _mark(eva.page)
    expect(eva.page.locator("#round").get_by_text("The last round failed")).to_be_visible(timeout=WITHIN_MS)
    expect(eva.page.locator("#round-news")).to_contain_text("The last round failed")
    assert not _reloaded(eva.page)
    expect(eva.page.get_by_role("button", name="Teach and judge")).to_be_visible()


def test_a_round_started_elsewhere_is_followed_film_by_film_and_can_be_stopped(eva: Doctor, room: Room) -> None:
    lessons = room.folder / "lessons"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "services")}
    with subprocess.Popen([sys.executable, "-c", AT_FILMS, str(lessons)], env=environment) as elsewhere:
        end = time.monotonic() + WITHIN_MS / 1000
        while not (lessons / "round.json").exists():
            assert time.monotonic() < end
            time.sleep(0.1)
        eva.page.reload()
        _mark(eva.page)
        for done in (1, 2):
            (lessons / f"looked-at-{done}").touch()
            expect(eva.page.get_by_text(f"{done} of 9 films")).to_be_visible(timeout=WITHIN_MS)
        assert not _reloaded(eva.page)
        assert eva.page.get_by_role("progressbar").evaluate("bar => [bar.value, bar.max]") == [2, 9]
        assert [each["id"] for each in Axe().run(eva.page).response["violations"]] == []
        eva.page.get_by_role("button", name="Stop").click()
        expect(eva.page.locator("#round").get_by_text("was stopped before its end")).to_be_visible(timeout=WITHIN_MS)
        assert elsewhere.wait(WITHIN_MS / 1000) == 1


def test_without_scripts_the_page_says_how_far_it_is_when_it_is_loaded(browser: Browser, room: Room) -> None:
    with doctor(browser, room, "eva", java_script_enabled=False) as eva:
        eva.page.goto(f"{room.url}/lessons")
        eva.page.get_by_role("button", name="Teach and judge").click()
        expect(eva.page.get_by_role("link", name="Show how far it is now")).to_be_visible()
        eva.page.get_by_role("button", name="Stop").click()
        eva.page.get_by_role("link", name="Lessons").click()
        expect(eva.page.get_by_role("heading", name="Teach and judge")).to_be_visible()
