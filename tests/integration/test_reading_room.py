"""A doctor reads films: a real browser, the real reading room, the real cascade."""

import base64
import math
import re
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Route, expect

from tests.integration.reading_room import (
    SAMPLES,
    Doctor,
    doctor,
    needs_browser,
    open_room,
)

pytestmark = needs_browser


def test_a_dropped_film_is_seen_with_its_heat_map_and_agreed_to_in_one_key(ada, room):
    ada.page.goto(room.url)
    _drop(ada, SAMPLES / "pneumonia.jpg")
    expect(ada.page.locator("#drops-list li")).to_have_text("pneumonia.jpg: Abnormal: interstitial pneumonia")
    ada.page.wait_for_selector("#rows a.open")
    ada.page.locator("#drops-open").click()
    ada.wait_film()
    expect(ada.page.get_by_test_id("patient-name")).to_have_text("pneumonia.jpg")
    expect(ada.page.get_by_test_id("verdict")).to_contain_text("Abnormal: interstitial pneumonia")
    expect(ada.page.get_by_test_id("verdict")).to_contain_text("zone")
    with_heat = ada.page.locator("#pane-main").screenshot()
    ada.page.keyboard.down("h")
    without = ada.page.locator("#pane-main").screenshot()
    ada.page.keyboard.up("h")
    assert with_heat != without

    ada.press("a")
    ada.saved()

    (opinion,) = room.opinions()
    assert (opinion.label, opinion.agrees, opinion.blind) == ("interstitial_pneumonia", True, False)
    assert opinion.shown["answer"] is True
    assert opinion.shown["heat"] == "interstitial_pneumonia"
    assert opinion.seconds > 0
    assert room.films()[0].state == "read"


def test_a_reader_who_disagrees_draws_where_it_is(ada, room):
    ada.add(SAMPLES / "normal.png")
    ada.open()
    ada.press("b")
    box = ada.page.locator("#pane-main").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    ada.page.mouse.move(x - 60, y - 50)
    ada.page.mouse.down()
    ada.page.mouse.move(x, y, steps=5)
    ada.page.mouse.move(x + 40, y + 60, steps=5)
    ada.page.mouse.up()
    ada.press("2")
    ada.press("Enter")
    ada.saved()

    (opinion,) = room.opinions()
    film = room.films()[0]
    assert (opinion.label, opinion.agrees, film.state) == ("other_pathology", False, "second_read")
    (shape,) = opinion.shapes
    (left, top), (right, bottom) = shape["points"]
    assert shape["kind"] == "box"
    assert 0 < min(left, right) < film.columns / 2 < max(left, right) < film.columns
    assert 0 < min(top, bottom) < film.rows / 2 < max(top, bottom) < film.rows


def test_a_refusal_shows_why_and_can_be_overridden_which_is_recorded(ada, room):
    ada.add(SAMPLES / "rotated.png")
    expect(ada.page.locator("#rows")).to_contain_text("Refused: rotated")
    ada.open()
    expect(ada.page.get_by_test_id("answer")).to_contain_text("rotated")
    assert ada.state()["answer"]["classes"] is None

    ada.press("x")
    ada.page.get_by_test_id("confirm-dialog").get_by_role("button").last.wait_for()
    ada.press("Enter")
    expect(ada.page.get_by_test_id("answer")).to_contain_text("No pathology", timeout=20_000)

    film = room.films()[0]
    first, second = room.assessments()
    assert (first.outcome, first.overridden_by) == ("refused", None)
    assert second.outcome == "assessed"
    assert second.overridden_by is not None
    assert (film.outcome, film.refusal) == ("assessed", "rotated")


def turn(reader: Doctor) -> tuple[int, int]:
    """Where the film's first row goes on the screen, to the right and down: cosine and sine of its turn."""
    matrix = reader.page.locator("#pane-main svg.over > g").first.get_attribute("transform")
    a, b, *_ = map(float, re.findall(r"-?[0-9.]+(?:e-?[0-9]+)?", matrix))
    return round(a / math.hypot(a, b)), round(b / math.hypot(a, b))


def turns(reader: Doctor, so: Callable[[tuple[int, int]], bool]) -> bool:
    """Whether it comes to lie so: the viewer draws with the browser's next frame."""
    end = time.monotonic() + 10
    while not so(turn(reader)) and time.monotonic() < end:
        reader.page.wait_for_timeout(20)
    return so(turn(reader))


def test_a_turned_film_is_put_right_by_one_key_and_shown_upright_from_then_on(ada, room):
    ada.add(SAMPLES / "rotated.png")
    ada.open()
    expect(ada.page.locator("[data-action=correct]")).to_be_visible()

    ada.press("g")
    expect(ada.page.get_by_test_id("answer")).to_contain_text("No pathology", timeout=20_000)
    expect(ada.page.get_by_test_id("answer")).to_contain_text("clockwise before it was assessed")
    expect(ada.page.locator("[data-action=correct]")).to_be_hidden()

    film = room.films()[0]
    refused, corrected = room.assessments()
    assert (refused.outcome, corrected.outcome, film.refusal) == ("refused", "assessed", None)
    assert corrected.body["correction"]["rotated"] in (90, 270)
    assert corrected.overridden_by is not None
    with Image.open(SAMPLES / "rotated.png") as sent:
        assert (film.columns, film.rows) == sent.size, "it stays as it was sent"
    right = {90: (0, 1), 270: (0, -1)}[corrected.body["correction"]["rotated"]]
    assert turns(ada, lambda now: now == right)
    ada.press("r")
    assert turns(ada, lambda now: now != right)
    ada.press("z")
    assert turns(ada, lambda now: now == right)
    ada.page.reload()
    ada.page.wait_for_selector("#film[data-ready=true]")
    assert turns(ada, lambda now: now == right)


def test_a_refused_film_that_is_right_or_wrong_is_said_in_one_key(ada, room):
    ada.add(SAMPLES / "cat.jpg")
    ada.open()
    ada.press("a")
    ada.saved()

    assert [(each.refusal, each.label) for each in room.opinions()] == [("right", "not_a_chest_film")]
    assert room.films()[0].state == "read"


def test_blind_films_hide_the_answer_until_the_reader_has_said_what_they_see(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url, blind_share=1) as room:
        room.add_reader("ada")
        with doctor(browser, room, "ada") as ada:
            ada.add(SAMPLES / "pneumonia.jpg")
            expect(ada.page.locator("#rows")).to_contain_text("Hidden: you read first")
            expect(ada.page.locator("#rows")).not_to_contain_text("nterstitial")
            ada.open()
            assert ada.state()["answer"] is None
            assert "96 %" not in ada.page.content()
            film = room.films()[0]
            heat = f"{room.url}/films/{film.id}/{film.assessment_id}/heat/interstitial_pneumonia.png"
            assert ada.context.request.get(heat).status == 403

            ada.press("2")
            ada.saved()
            expect(ada.page.get_by_test_id("answer")).to_contain_text("Interstitial pneumonia")
            assert ada.context.request.get(heat).status == 200
            ada.press("1")
            expect(ada.page.get_by_test_id("mine")).to_contain_text("nterstitial")

        said = [(each.label, each.blind, each.shown["answer"]) for each in room.opinions()]
        assert said == [("other_pathology", True, False), ("interstitial_pneumonia", False, True)]


def test_readers_who_disagree_are_arbitrated_by_a_chief(browser, room):
    room.add_reader("bob")
    room.add_reader("eva", "chief")
    with doctor(browser, room, "ada") as ada:
        ada.add(SAMPLES / "normal.png")
        ada.open()
        ada.press("2")
        ada.saved()
        expect(ada.page.get_by_test_id("banner")).to_contain_text("You and the models differ")
    with doctor(browser, room, "bob") as bob:
        expect(bob.page.locator("#rows")).to_contain_text("Second read")
        bob.open()
        expect(bob.page.get_by_test_id("banner")).to_contain_text("You are the second reader")
        expect(bob.page.get_by_test_id("others")).to_be_hidden()
        bob.press("3")
        bob.saved()
        expect(bob.page.get_by_test_id("others")).to_contain_text("Dr Ada")
    assert room.films()[0].state == "arbitration"
    with doctor(browser, room, "eva") as eva:
        eva.open()
        expect(eva.page.get_by_test_id("banner")).to_be_visible()
        eva.press("2")
        eva.saved()

    film = room.films()[0]
    assert (film.state, film.label) == ("settled", "other_pathology")
    assert [each.arbitration for each in room.opinions()] == [False, False, True]


def test_a_chiefs_day_goes_down_the_list_and_settles_what_readers_disagree_on(browser, room):
    room.add_reader("bob")
    room.add_reader("eva", "chief")
    with doctor(browser, room, "ada") as ada, doctor(browser, room, "bob") as bob:
        ada.add(*(SAMPLES / name for name in ("normal.png", "pneumonia.jpg", "film.dcm", "cat.jpg")))
        opened = [_read_on(each) for each in (ada, bob)]
        assert opened[0] != opened[1], "who reads down the list is led past what others have open"
        for each, key in ((ada, "2"), (bob, "2")):
            each.press(key)
            each.saved()
        bob.press("n")  # what the other one has read is a second read now
        bob.page.wait_for_url(f"**/films/{opened[0]}*")
        bob.wait_film()
        expect(bob.page.get_by_test_id("banner")).to_contain_text("You are the second reader")
        bob.press("4")
        bob.saved()
        ada.press("n")
        ada.page.wait_for_url(lambda url: not any(film in url for film in opened))
        ada.wait_film()
        ada.press("a")
        ada.saved()
        assert _read_on(ada, "status=second_read") == opened[1]
        ada.press("4")
        ada.saved()
    with doctor(browser, room, "eva") as eva:
        before = _read_on(eva, "status=arbitration")
        expect(eva.page.get_by_test_id("banner")).to_contain_text("Your opinion settles it")
        expect(eva.page.get_by_test_id("other")).to_have_count(0)
        eva.press("1")
        eva.saved()
        expect(eva.page.get_by_test_id("other")).to_have_count(2)
        eva.press("n")
        eva.page.wait_for_url(lambda url: before not in url)
        eva.wait_film()
        eva.press("3")
        eva.saved()
        eva.page.goto(f"{room.url}/?status=arbitration")
        expect(eva.page.locator("#count")).to_have_text("0 films")
        eva.page.goto(f"{room.url}/insight")
        expect(eva.page.locator("main")).to_contain_text("Dr Bob")

    states = {each.id: each.state for each in room.films()}
    assert sorted(states.values()) == ["read", "settled", "settled", "unread"]
    assert [each.arbitration for each in room.opinions()] == [False] * 5 + [True] * 2


def _read_on(reader: Doctor, query: str = "") -> str:
    """Go down the list by the keyboard; the film that this opens."""
    reader.page.goto(f"{reader.room.url}/?{query}")
    reader.press("n")
    reader.page.wait_for_url("**/films/*")
    reader.wait_film()
    return str(reader.state()["id"])


def test_a_reader_who_likes_that_has_light_pages_and_the_next_film_by_itself(browser, ada, room):
    ada.add(SAMPLES / "normal.png", SAMPLES / "pneumonia.jpg")
    ada.page.goto(f"{room.url}/account")
    ada.page.locator("[name=theme]").select_option("light")
    ada.page.locator("[name=auto_advance]").check()
    ada.page.get_by_role("button", name="Keep", exact=True).click()
    first = _read_on(ada)
    ada.press("a")
    ada.page.wait_for_url(lambda url: first not in url)
    ada.wait_film()
    expect(ada.page.get_by_test_id("notice")).to_contain_text("on the film before")
    assert ada.page.evaluate("getComputedStyle(document.body).colorScheme") == "light"
    ada.press("p")
    ada.page.wait_for_url(f"**/films/{first}*")
    with doctor(browser, room, "ada") as elsewhere:
        assert elsewhere.page.locator("html").get_attribute("data-theme") == "light"
    assert len(room.opinions()) == 1


def test_heat_is_off_on_a_film_that_is_probably_normal_until_it_is_asked_for(ada, room):
    ada.add(SAMPLES / "normal.png", SAMPLES / "pneumonia.jpg")
    ada.page.get_by_role("link", name="normal.png", exact=True).first.click()
    ada.wait_film()
    heat = ada.page.locator("[data-action=heat]")
    expect(ada.page.get_by_test_id("verdict")).to_have_text("Probably normal")
    expect(heat).to_have_attribute("aria-pressed", "false")
    expect(ada.page.locator("image.heat")).to_be_hidden()
    ada.press("3")
    ada.saved()
    assert room.opinions()[-1].shown["heat"] is None

    ada.press("Shift+H")
    expect(heat).to_have_attribute("aria-pressed", "true")
    ada.press("Shift+H")
    ada.page.goto(f"{room.url}/?status=all")
    ada.page.get_by_role("link", name="pneumonia.jpg").click()
    ada.wait_film()
    expect(heat).to_have_attribute("aria-pressed", "true")


def test_everything_is_done_by_keyboard_and_can_be_undone(ada, room):
    ada.add(SAMPLES / "normal.png", SAMPLES / "pneumonia.jpg")
    ada.page.goto(room.url)
    ada.press("ArrowDown")
    ada.press("Enter")
    ada.wait_film()
    first = ada.state()["id"]
    ada.press("f")
    ada.page.get_by_test_id("picker").wait_for()
    ada.page.keyboard.type("pneumonia")
    ada.press("Space")
    ada.press("Escape")
    ada.press("c")
    ada.page.keyboard.type("both bases")
    ada.press("Escape")
    ada.press("s")
    ada.press("1")
    ada.press("Enter")
    ada.saved()
    opinion = room.opinions()[-1]
    assert (opinion.label, opinion.findings, opinion.comment) == ("interstitial_pneumonia", ["Pneumonia"], "both bases")
    assert opinion.sureness == "sure"

    ada.press("u")
    expect(ada.page.get_by_test_id("mine")).to_be_hidden()
    assert room.opinions()[-1].withdrawn
    ada.press("n")
    ada.page.wait_for_url(lambda url: first not in url)
    ada.wait_film()
    assert ada.state()["id"] != first


def test_an_opinion_that_cannot_be_sent_is_kept_and_sent_again_once(ada, room):
    ada.add(SAMPLES / "pneumonia.jpg")
    ada.open()
    lost = []

    def lose(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.request.post_data_json["key"])
            route.abort()
        else:
            route.continue_()

    ada.page.route(re.compile("/opinions"), lose)
    ada.press("a")
    expect(ada.page.get_by_test_id("alarm")).to_contain_text("ot saved yet")
    ada.page.get_by_test_id("notice").filter(has_text="Saved").wait_for(timeout=30_000)

    (opinion,) = room.opinions()
    assert set(lost) == {opinion.key}


def _drop(ada: Doctor, path: Path) -> None:
    """As a mouse would, from a folder onto the page."""
    data = ada.page.evaluate_handle(
        """([name, text]) => {
            const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
            const transfer = new DataTransfer();
            transfer.items.add(new File([bytes], name));
            return transfer;
        }""",
        [path.name, base64.b64encode(path.read_bytes()).decode()],
    )
    for event in ("dragenter", "dragover", "drop"):
        ada.page.dispatch_event("body", event, {"dataTransfer": data})
