"""Who may enter the reading room, what they may do there, and whether everybody can use its pages."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from local.places import ROOT
from local.stack import Stack
from tests.integration.reading_room import PASSWORD, SAMPLES, Doctor, Room, doctor, needs_browser, open_room

pytestmark = needs_browser

SERIOUS = ("serious", "critical")
"""Impacts of axe's findings that must not be."""


@pytest.fixture(scope="module")
def room(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room with a reader, a chief and an admin, and three films."""
    with open_room(tmp_path_factory.mktemp("room"), stack.url) as opened:
        for login, role in (("ada", "reader"), ("eva", "chief"), ("root.admin", "admin")):
            opened.add_reader(login, role)
        yield opened


@pytest.fixture(scope="module")
def films(browser: Browser, room: Room) -> Room:
    """The same room, with films of which one has been read."""
    with doctor(browser, room, "ada") as ada:
        ada.add(SAMPLES / "pneumonia.jpg", SAMPLES / "rotated.png", SAMPLES / "film.dcm")
        ada.open()
        ada.press("a")
        ada.saved()
    return room


def test_who_is_not_logged_in_sees_nothing_and_comes_back_to_what_they_wanted(browser, films):
    film = films.films()[0].id
    with doctor(browser, films) as person:
        for path in (f"/films/{film}/radiograph.png", f"/films/{film}/state", "/status", "/audit.csv"):
            assert person.context.request.get(films.url + path, max_redirects=0).status == 401
        person.page.goto(f"{films.url}/films/{film}?order=newest")
        expect(person.page).to_have_url(re.compile(r"/log-in\?next="))
        _fill(person.page, "ada", PASSWORD)
        expect(person.page).to_have_url(f"{films.url}/films/{film}?order=newest")


def test_a_wrong_password_is_told_and_many_are_stopped(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url) as room:
        room.add_reader("ada")
        with doctor(browser, room) as person:
            for _ in range(5):
                person.page.goto(f"{room.url}/log-in")
                _fill(person.page, "ada", "wrong password of somebody")
                expect(person.page.get_by_role("alert")).to_be_visible()
            person.page.goto(f"{room.url}/log-in")
            _fill(person.page, "ada", PASSWORD)
            expect(person.page.get_by_role("alert")).to_contain_text("too many log-ins failed")


@pytest.mark.parametrize(
    ("login", "allowed", "refused"),
    [("ada", ["/", "/learn"], ["/insight", "/readers", "/audit"]),
     ("eva", ["/", "/learn", "/insight"], ["/readers", "/audit"]),
     ("root.admin", ["/", "/learn", "/insight", "/readers", "/audit"], [])],
)  # fmt: skip
def test_each_role_has_its_pages(browser, films, login, allowed, refused):
    with doctor(browser, films, login) as person:
        told = {path: person.context.request.get(films.url + path).status for path in (*allowed, *refused)}
        links = person.page.locator("header nav a")
        shown = [links.nth(number).get_attribute("href") for number in range(links.count())]

    assert told == dict.fromkeys(allowed, 200) | dict.fromkeys(refused, 403)
    assert set(shown) == set(allowed)


def test_a_change_without_the_pages_token_or_from_another_site_is_refused(browser, films):
    film = films.films()[0].id
    before = len(films.opinions())
    with doctor(browser, films, "ada") as ada:
        ada.page.goto(f"{films.url}/films/{film}")
        ada.wait_film()
        state, request = ada.state(), ada.context.request
        data = {"key": "0" * 36, "sitting": state["sitting"], "label": "no_pathology"}
        path = f"{films.url}/films/{film}/opinions"
        assert request.post(path, data=data).status == 403
        assert request.post(path, data=data, headers={"X-CSRF-Token": "guessed"}).status == 403
        foreign = {"X-CSRF-Token": state["csrf"], "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert request.post(path, data=data, headers=foreign).status == 403
        assert request.post(f"{films.url}/films", data=b"x").status == 403

    assert len(films.opinions()) == before


def test_the_first_administrator_enters_by_a_link_that_is_good_once_and_invites_others(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url) as room, doctor(browser, room) as person:
        link = _admin_link(room)
        person.page.goto(link)
        for field in person.page.locator("input[type=password]").all():
            field.fill(PASSWORD)
        person.page.get_by_role("button", name="Set it and go in").click()
        person.page.goto(f"{room.url}/readers")
        person.page.get_by_label("Log-in name").fill("new.doctor")
        person.page.get_by_label("Name, as colleagues see it").fill("Dr New")
        person.page.get_by_role("button", name="Invite").click()
        expect(person.page.locator("#link")).to_have_value(re.compile("/invitation/"))
        with doctor(browser, room) as other:
            other.page.goto(link)
            expect(other.page.locator("body")).to_contain_text("This link is of no use")


def test_a_second_factor_is_set_up_from_the_page_and_asked_for_from_then_on(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url) as room:
        room.add_reader("ada")
        with doctor(browser, room, "ada") as ada:
            ada.page.goto(f"{room.url}/account")
            ada.page.get_by_role("link", name="Set up a second factor").click()
            ada.page.get_by_label("Your password, again").wait_for()
            assert _serious(ada) == []
            ada.page.get_by_label("Your password, again").fill(PASSWORD)
            ada.page.keyboard.press("Enter")
            ada.page.locator(".qr").wait_for()
            assert _scanned(ada.page).startswith("otpauth://totp/CXR%20Cascade:ada?secret=")
            assert _serious(ada) == []
            app = pyotp.parse_uri(_scanned(ada.page))
            ada.page.get_by_label("Code of six digits").fill(app.now())
            ada.page.keyboard.press("Enter")
            expect(ada.page.locator("ol.codes code")).to_have_count(10)
            codes = ada.page.locator("ol.codes code").all_text_contents()
            assert _serious(ada) == []
            ada.page.get_by_role("link", name="go on").click()
            expect(ada.page.locator("main")).to_contain_text("A code from your app is asked for")
        with doctor(browser, room) as again:
            again.page.goto(f"{room.url}/log-in")
            _fill(again.page, "ada", PASSWORD)
            expect(again.page.get_by_label("Code of six digits")).to_be_focused()
            assert _serious(again) == []
            again.page.keyboard.type("000000")
            again.page.keyboard.press("Enter")
            expect(again.page.get_by_role("alert")).to_contain_text("wrong")
            again.page.get_by_label("Code of six digits").fill(app.at(time.time() + 30))  # not that of the set-up
            again.page.keyboard.press("Enter")
            again.page.wait_for_selector("#worklist")
        with doctor(browser, room) as other:
            other.page.goto(f"{room.url}/log-in")
            _fill(other.page, "ada", PASSWORD)
            other.page.get_by_label("Recovery code").fill(codes[0])
            other.page.keyboard.press("Enter")
            other.page.wait_for_selector("#worklist")


def test_every_view_and_change_is_in_the_audit_and_no_patient_is(browser, films):
    with doctor(browser, films, "root.admin") as admin:
        admin.page.goto(f"{films.url}/audit")
        for action in ("film.drop", "film.view", "opinion.give"):
            expect(admin.page.locator("table")).to_contain_text(action)
        table = admin.context.request.get(f"{films.url}/audit.csv").text()
    assert "film.view" in table
    for secret in ("TEST-0001", "Patient"):
        assert secret not in table
        assert secret not in (films.folder / "log").read_text()


def test_the_demo_reader_enters_without_a_password_and_the_page_says_so(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url, demo="true") as room, doctor(browser, room) as person:
        person.page.goto(room.url)
        person.page.get_by_role("button", name="Enter as the demo reader").click()
        person.page.wait_for_selector("#worklist")
        expect(person.page.get_by_role("note")).to_contain_text("Demo")


def test_nobody_is_a_demo_reader_where_others_can_reach_it(tmp_path):
    environment = {"PYTHONPATH": str(ROOT / "services"), "REVIEW_DEMO": "true", "REVIEW_HOST": "0.0.0.0"}  # noqa: S104
    command = [sys.executable, "-m", "review", "serve"]

    told = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)

    assert told.returncode == 1
    assert "loopback only" in told.stderr


def test_a_session_that_ended_keeps_what_was_typed_until_the_reader_is_back(browser, films):
    with doctor(browser, films, "ada") as ada:
        ada.page.goto(f"{films.url}/?status=all")
        ada.open()
        ada.press("c")
        ada.page.keyboard.type("kept over the log-in")
        ada.press("Escape")
        ada.context.clear_cookies()
        ada.press("2")
        ada.press("Enter")
        expect(ada.page.get_by_test_id("alarm")).to_contain_text("og")
        again = ada.context.new_page()
        again.goto(f"{films.url}/log-in")
        _fill(again, "ada", PASSWORD)
        again.wait_for_selector("#worklist")
        ada.page.bring_to_front()
        # At once where it has not tried again by itself meanwhile: the button goes away under a mouse then.
        ada.page.evaluate("document.querySelector('[data-testid=try-now]')?.click()")
        ada.page.get_by_test_id("notice").filter(has_text="Saved").wait_for(timeout=30_000)
    assert films.opinions()[-1].comment == "kept over the log-in"


@pytest.mark.parametrize(
    "path", ["/log-in", "/?status=all", "/learn", "/insight", "/lessons", "/readers", "/audit", "/account"]
)
def test_axe_finds_nothing_serious_on(browser, films, path):
    with doctor(browser, films, "" if path == "/log-in" else "root.admin") as person:
        person.page.goto(films.url + path)
        assert _serious(person) == []


@pytest.mark.parametrize("outcome", ["assessed", "refused"])
def test_axe_finds_nothing_serious_on_a_film_that_was(browser, films, outcome):
    film = next(each for each in films.films() if each.outcome == outcome)
    with doctor(browser, films, "ada") as ada:
        ada.page.goto(f"{films.url}/films/{film.id}")
        ada.wait_film()
        assert _serious(ada) == []
        ada.press("q")
        ada.press("ArrowRight")
        ada.page.locator("#pane-main .measures path").first.wait_for()
        assert _serious(ada) == []
        ada.press("Escape")
        ada.press("?")
        ada.page.get_by_test_id("help-dialog").wait_for()
        assert _serious(ada) == []


def test_axe_finds_nothing_serious_on_light_pages(browser, films):
    film = next(each for each in films.films() if each.outcome == "assessed")
    with doctor(browser, films, "eva") as eva:
        eva.page.goto(f"{films.url}/account")
        eva.page.locator("[name=theme]").select_option("light")
        eva.page.get_by_role("button", name="Keep", exact=True).click()
        for path in ("/account", "/?status=all", f"/films/{film.id}"):
            eva.page.goto(films.url + path)
            assert _serious(eva) == []


def _serious(person: Doctor) -> list[str]:
    found = Axe().run(person.page).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}" for each in found if each["impact"] in SERIOUS for node in each["nodes"]
    ]


def _scanned(page: Page) -> str:
    """What the QR code on the page says to a telephone's camera, which looks until it can read it."""
    for _ in range(50):
        picture = cv2.imdecode(np.frombuffer(page.locator(".qr").screenshot(), np.uint8), cv2.IMREAD_COLOR)
        if said := cv2.QRCodeDetector().detectAndDecode(picture)[0]:
            return said
        page.wait_for_timeout(200)
    return ""


def _fill(page: Page, login: str, password: str) -> None:
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def _admin_link(room: Room) -> str:
    environment = {"PYTHONPATH": str(ROOT / "services"), "REVIEW_FOLDER": str(room.folder)}
    command = [sys.executable, "-m", "review", "admin", "boss", "--url", room.url]
    told = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return told.stdout.strip()
