"""How films come into the reading room, and what becomes of those that are no films: a real browser and cascade."""

import time
from io import BytesIO

import httpx
import numpy as np
from PIL import Image
from playwright.sync_api import expect
from pydicom import dcmread
from pydicom.uid import generate_uid

from client.token import of_environment
from tests.films import dicom, pixels
from tests.integration.reading_room import (
    SAMPLES,
    doctor,
    needs_browser,
    open_room,
    variants,
)

pytestmark = needs_browser

FED_MS = 200_000
"""At most, until a new room shows the newest film: it first takes in all that other tests had the gateway assess."""


def _film_of(name: str, patient_id: str) -> bytes:
    """The sample as a film of its own: other tests drop the sample, and what a reader dropped is not *by the API*."""
    film, file = dcmread(SAMPLES / "film.dcm"), BytesIO()
    film.PatientName, film.PatientID, film.SOPInstanceUID = name, patient_id, generate_uid()
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
    film.save_as(file)
    return file.getvalue()


def test_films_that_others_had_assessed_come_by_themselves(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url, feed="true") as room:
        room.add_reader("ada")
        with doctor(browser, room, "ada") as ada:
            ada.search("FED-1", "status=all&source=api")
            kind = {"Content-Type": "application/dicom"}
            film = _film_of("Fed^Patient", "FED-1")
            httpx.post(
                f"{stack.url}/v1/assessments", content=film, headers=kind, auth=of_environment()
            ).raise_for_status()
            expect(ada.page.locator("#rows")).to_contain_text("Fed, Patient", timeout=FED_MS)
            expect(ada.page.locator("#rows")).to_contain_text("by the API")
            ada.page.goto(f"{room.url}/?status=all")
            expect(ada.page.locator("#rows")).not_to_contain_text("Fed, Patient")
            ada.page.locator("#elsewhere a").click()
            expect(ada.page.locator("#rows")).to_contain_text("Fed, Patient")


def test_a_film_that_is_assessed_anyway_stays_one_film_though_the_feed_tells_of_it_too(browser, stack, tmp_path):
    grey = np.asarray(Image.open(SAMPLES / "rotated.png").convert("L")).astype(np.uint16)
    grey[:8, :8] = np.random.default_rng().integers(256, size=(8, 8))  # else the feed tells of earlier runs, too
    film = dicom(grey, bits=8)
    with open_room(tmp_path, stack.url, feed="true") as room:
        room.add_reader("ada")
        with doctor(browser, room, "ada") as ada:
            ada.add({"name": "rotated.dcm", "mimeType": "", "buffer": film})
            ada.search("4711", "status=all&outcome=refused&order=newest")
            ada.open()
            ada.press("x")
            ada.page.get_by_test_id("confirm-yes").click()
            expect(ada.page.get_by_test_id("overridden")).to_be_visible(timeout=20_000)
            opened = ada.state()["id"]
            kind = {"Content-Type": "image/png"}
            again = {"content": variants(1)[0]["buffer"], "headers": kind, "auth": of_environment()}
            later = httpx.post(f"{stack.url}/v1/assessments", **again).json()["id"]
            while later not in [each.id for each in room.assessments()]:
                time.sleep(0.1)  # the feed has passed the one before
        digest = next(each.digest for each in room.films() if each.id == opened)
        assert [each.id for each in room.films() if each.digest == digest] == [opened]


def test_the_gateway_down_is_said_and_no_opinion_is_lost(browser, stack, tmp_path):
    with open_room(tmp_path, stack.url) as room:
        room.add_reader("ada")
        with doctor(browser, room, "ada") as ada:
            ada.add(SAMPLES / "pneumonia.jpg")
            stack.stop("gateway")
            try:
                expect(ada.page.locator("#gateway-away")).to_be_visible(timeout=15_000)
                ada.page.set_input_files("#files", SAMPLES / "normal.png")
                expect(ada.page.locator("#drops-said")).to_contain_text("waiting")
                with doctor(browser, room, "ada") as again:
                    again.page.goto(room.url)
                    again.open()
                    again.press("a")
                    again.saved()
                    assert room.opinions()[-1].label == "interstitial_pneumonia"
            finally:
                stack.start("gateway")
                stack.wait_ready(240)
            ada.page.wait_for_selector("#drops-close:not([hidden])", timeout=60_000)
            expect(ada.page.locator("#drops-said")).to_have_text("2 of 2 films assessed")
        assert len(room.films()) == 2


def test_files_that_are_no_films_say_why_and_leave_nothing(ada, room):
    broken = {"name": "broken.dcm", "mimeType": "", "buffer": (SAMPLES / "film.dcm").read_bytes()[:3000]}
    ada.add({"name": "letter.pdf", "mimeType": "", "buffer": b"%PDF-1.4"}, broken, *variants(1))

    failed = ada.page.locator("#drops-list li[data-state=failed]")
    expect(failed).to_have_count(2)
    expect(ada.page.locator("#drops-list li")).to_have_count(3)
    expect(ada.page.locator("#drops-list a")).to_have_text("film-0.png")
    expect(failed.filter(has_text="letter.pdf")).to_contain_text("not a DICOM, PNG or JPEG file")
    expect(failed.filter(has_text="broken.dcm")).to_contain_text("damaged or incomplete")
    assert len(room.films()) == 1


def test_films_are_dismissed_together_by_mouse_or_keyboard_and_put_back(ada, room):
    ada.add(*variants(3))
    ada.page.goto(room.url)
    boxes = ada.page.locator("#rows tbody .choose input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(ada.page.locator("#chosen-said")).to_have_text("2 selected")
    ada.page.locator("#chosen-change").click()
    expect(ada.page.locator("#count")).to_have_text("1 film")
    assert [film.dismissed is not None for film in room.films()].count(True) == 2

    ada.page.locator("#chosen-undo").click()
    expect(ada.page.locator("#count")).to_have_text("3 films")
    ada.press("ArrowDown")
    ada.press("Delete")
    expect(ada.page.locator("#count")).to_have_text("2 films")
    ada.page.get_by_role("link", name="Dismissed").click()
    expect(ada.page.locator("#count")).to_have_text("1 film")
    ada.press("ArrowDown")
    ada.press("x")
    ada.page.get_by_role("button", name="Put back").click()
    expect(ada.page.locator("#count")).to_have_text("0 films")
    assert not [film for film in room.films() if film.dismissed]


def test_hostile_names_and_comments_are_only_ever_text(ada, room):
    attack = "<img src=x onerror=alert(1)>"
    film = dicom(
        pixels(400, 360, bits=12), PatientName=f"{attack}^</script><script>alert(2)</script>", PatientID=attack
    )
    ada.add({"name": "a.dcm", "mimeType": "", "buffer": film})
    expect(ada.page.locator("#rows")).to_contain_text("onerror=alert")
    ada.open()
    expect(ada.page.get_by_test_id("patient")).to_contain_text("onerror=alert")
    ada.press("c")
    ada.page.keyboard.type("</script><script>alert(3)</script>" + attack)
    ada.press("Escape")
    ada.press("2")
    ada.press("Enter")
    ada.saved()
    ada.page.reload()
    ada.wait_film()
    expect(ada.page.get_by_test_id("mine")).to_contain_text("alert(3)")
    assert ada.page.locator("img[src=x]").count() == 0


def test_earlier_films_of_the_patient_stand_beside_the_new_one_with_what_the_models_said_of_each(ada, room):
    for number, day in enumerate(("20240101", "20250101", "20260101")):
        film = dcmread(SAMPLES / "film.dcm")
        film.StudyDate, film.SOPInstanceUID = day, f"1.2.3.{number}"
        path = room.folder / f"{number}.dcm"
        film.save_as(path)
        ada.add(path)
    ada.page.goto(f"{room.url}/?order=newest")
    ada.open()
    assert [each["date"] for each in ada.state()["earlier"]] == ["2025-01-01", "2024-01-01"]
    expect(ada.page.get_by_test_id("trend").locator("circle.class-0")).to_have_count(3)
    ada.press("e")
    ada.page.locator("#pane-beside canvas").wait_for()
    expect(ada.page.locator("#beside-what")).to_contain_text("2025")
    ada.press("Shift+E")
    expect(ada.page.locator("#beside-what")).to_contain_text("2024")
    ada.page.get_by_test_id("earlier-film").first.click()
    expect(ada.page.locator("#beside-what")).to_contain_text("2025")
    main, beside = (ada.page.locator(pane).bounding_box() for pane in ("#pane-main", "#pane-beside"))
    assert main["y"] == beside["y"] and main["x"] < beside["x"]
    ada.press("e")
    expect(ada.page.locator("#pane-beside")).to_be_hidden()


def test_the_next_film_comes_from_memory_and_is_forgotten_at_the_log_out(ada, room):
    ada.add(*variants(2))
    ada.page.goto(f"{room.url}/?status=all")
    ada.open()
    opened, following = ada.state()["id"], ada.state()["next"]["id"]
    ada.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    ada.page.wait_for_timeout(1000)
    for film in (opened, following):
        (room.folder / "pictures" / film / "radiograph.png").rename(room.folder / f"{film}.png")
    ada.press("n")
    ada.page.wait_for_url(f"**/films/{following}*")
    ada.wait_film()
    ada.page.get_by_role("button", name="Log out").click()
    ada.page.wait_for_url("**/log-in")
    ada.log_in("ada")
    ada.page.goto(f"{room.url}/films/{following}")
    expect(ada.page.get_by_test_id("alarm")).to_contain_text("cannot be shown")


def test_a_patients_name_that_is_searched_for_is_in_no_address(ada, room):
    film = dicom(pixels(400, 360, bits=12), PatientName="Mustermann^Erika")
    ada.add({"name": "a.dcm", "mimeType": "", "buffer": film}, *variants(1))
    ada.search("mustermann")
    expect(ada.page.locator("#count")).to_have_text("1 film")
    ada.open()
    ada.page.go_back()
    expect(ada.page.locator("#search")).to_have_value("mustermann")
    visited = [ada.page.url, *ada.page.evaluate("performance.getEntries().map((each) => each.name)")]
    assert not [each for each in visited if "mustermann" in each.lower()]


def test_many_films_dropped_at_once_are_all_assessed_with_progress(ada, room):
    ada.add(*variants(60), within_s=120)

    expect(ada.page.locator("#drops-said")).to_have_text("60 of 60 films assessed")
    assert len(room.films()) == 60
    expect(ada.page.locator("#count")).to_have_text("60 films")
