"""A doctor reads hands: a real browser and the real reading room, with films whose number was measured before.

How such films come, by a real gateway's feed: tests/integration/deploy/test_stack.py.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

from review.arrivals.pictures import Drawn, Pictures, coloured, decode
from review.tables import Assessment, Film
from tests.integration.reading_room import SAMPLES, Doctor, Room, doctor, needs_browser, open_room
from tests.unit.conftest import free_port
from tests.unit.review.numbers import hand
from tests.unit.review.site import Site

pytestmark = needs_browser


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """One with a hand that is read blind, and one that is not; both of 120 months, 90 to 150."""
    with open_room(tmp_path, f"http://127.0.0.1:{free_port()}") as opened:
        opened.add_reader("ada")
        for blind in (True, False):
            _keep(opened, blind)
        yield opened


def _keep(room: Room, blind: bool) -> None:
    file = (SAMPLES / "hand.png").read_bytes()
    pixels = decode(file)
    heat = np.zeros((64, 64), np.uint8)
    heat[16:48, 16:48] = 255
    site = Site(room.sessions)
    site.films = [{}] * blind  # so that the second one has another number
    film = hand(site, blind=blind, rows=pixels.shape[0], columns=pixels.shape[1], file_name=f"blind {blind}")
    answer = site.assessments[-1]
    answer["body"] |= {"created": "2026-03-02T09:00:00Z"}
    with room.sessions.begin() as session:
        session.execute(insert(Film), [film])
        session.execute(insert(Assessment), [answer])
    drawn = Drawn(file, pixels, {"number": coloured(cv2.imencode(".png", heat)[1].tobytes())}, [])
    Pictures(room.folder / "pictures").keep(film["id"], film["assessment_id"], drawn)


def opened(ada: Doctor, name: str) -> None:
    ada.page.goto(f"{ada.room.url}/?problem=bone-age&status=all&source=any")
    ada.page.get_by_role("link", name=name).click()
    ada.wait_film()


def test_a_hand_is_read_blind_by_typing_a_number_and_the_difference_is_told_in_its_unit(browser: Browser, room: Room):
    with doctor(browser, room, "ada") as ada:
        opened(ada, "blind True")
        expect(ada.page.get_by_test_id("blind")).to_contain_text("Type your number")
        expect(ada.page.get_by_test_id("interval")).to_have_count(0)
        ada.press("a")
        expect(ada.page.get_by_test_id("notice")).to_contain_text("type a number")

        for key in ("3", "0", "0"):
            ada.press(key)
        expect(ada.page.get_by_test_id("value-wrong")).to_have_text("Not above 240.0 months.")
        expect(ada.page.get_by_test_id("value")).to_have_attribute("aria-invalid", "true")
        ada.press("Enter")
        assert room.opinions() == []
        ada.page.get_by_test_id("value").fill("131.5")
        ada.press("Enter")
        ada.saved()

        expect(ada.page.get_by_test_id("verdict")).to_contain_text("120.0 months (90.0 to 150.0)")
        expect(ada.page.get_by_test_id("interval")).to_contain_text("here 90.0 months to 150.0 months")
        expect(ada.page.get_by_test_id("mine")).to_contain_text("131.5 months")
        told = ada.page.get_by_test_id("apart")
        expect(told).to_have_text(re.compile("\\+11.5 months to the models. number, within the interval"))

    (opinion,) = room.opinions()
    assert (opinion.value, opinion.agrees, opinion.blind, opinion.label) == (131.5, True, True, None)


def test_one_key_agrees_with_the_number_and_digits_are_the_numbers_own(browser: Browser, room: Room):
    with doctor(browser, room, "ada") as ada:
        opened(ada, "blind False")
        with_heat = ada.page.locator("#pane-main").screenshot()
        ada.page.keyboard.down("h")
        assert ada.page.locator("#pane-main").screenshot() != with_heat
        ada.page.keyboard.up("h")
        panel = ada.page.get_by_test_id("answer").bounding_box()
        words = ada.page.get_by_test_id("verdict").bounding_box()
        assert panel and words and words["x"] >= panel["x"], "the number stands in the answer, and not over the film"
        expect(ada.page.locator("#legend-class")).to_have_text("where the film votes for its number")
        expect(ada.page.locator("[data-label], [data-testid=findings]:visible")).to_have_count(0)
        ada.press("9")
        expect(ada.page.get_by_test_id("value")).to_be_focused()
        ada.press("Escape")
        ada.press("Escape")
        ada.press("a")
        ada.saved()
        expect(ada.page.get_by_test_id("agree")).to_have_attribute("aria-pressed", "true")

    (opinion,) = room.opinions()
    assert (opinion.value, opinion.agrees, opinion.blind) == (120.0, True, False)
    assert opinion.shown["heat"] == "number"


def test_the_pages_of_a_number_are_accessible_and_in_spanish(browser: Browser, room: Room):
    with doctor(browser, room, "ada") as ada:
        ada.context.set_extra_http_headers({"Accept-Language": "es"})
        opened(ada, "blind False")
        expect(ada.page.get_by_test_id("verdict")).to_contain_text(re.compile(r"120,0 meses \(de 90,0 a 150,0\)"))
        found = Axe().run(ada.page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
