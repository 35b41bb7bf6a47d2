"""A Spanish doctor reads: log-in, worklist, dropped films, a film and a refusal, with no English left on the pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.integration.reading_room import PASSWORD, SAMPLES, doctor, needs_browser
from tests.unit.review.english import english as english_of

pytestmark = needs_browser

SEEN = """() => [document.title, document.body.innerText,
  ...[...document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")].flatMap((each) =>
    ["aria-label", "title", "placeholder", "alt"].map((name) => each.getAttribute(name) ?? ""))].join("\\n")"""


def english(page):
    """Words of English that a reader sees or hears on the page; names of files and people are in no language."""
    seen = re.sub(r"CXR Cascade|Dr Ada|\S+\.(?:png|jpg|pdf)|frontal", "", page.evaluate(SEEN))
    return english_of(seen)


CUT_OFF = """[...document.querySelectorAll("button")]
    .filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.innerText)"""
"""Buttons that the window's edge cuts off."""


@pytest.fixture
def spanish(browser, room):
    with doctor(browser, room, locale="es-ES") as person:
        yield person


def test_a_doctor_with_spanish_reads_a_film_all_in_spanish(spanish, room):
    page = spanish.page
    page.goto(f"{room.url}/log-in")
    assert page.locator("html").get_attribute("lang") == "es" and english(page) == []
    page.get_by_label("Nombre de usuario").fill("ada")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Iniciar sesión", exact=True).click()
    page.wait_for_selector("#worklist")
    assert english(page) == []

    letter = {"name": "carta.pdf", "mimeType": "", "buffer": b"%PDF-1.4"}
    names = "rotated.png", "pneumonia.jpg"
    films = [{"name": name, "mimeType": "", "buffer": (SAMPLES / name).read_bytes()} for name in names]
    spanish.add(letter, *films)
    expect(page.locator("#drops-said")).to_have_text("2 de 3 radiografías analizadas, 1 fallida")
    expect(page.locator("#drops-list")).to_contain_text("no es un archivo DICOM, PNG o JPEG")
    expect(page.locator("#count")).to_have_text("2 radiografías")
    expect(page.locator("#rows")).to_contain_text("Rechazada: girada")
    assert english(page) == []

    page.locator("#rows tr", has_text="rotated.png").locator("a.open").click()
    spanish.wait_film()
    expect(page.get_by_test_id("refused")).to_contain_text("Sin analizar: Girada")
    assert english(page) == []

    page.goto(f"{room.url}/?status=all")
    page.locator("#rows tr", has_text="pneumonia.jpg").locator("a.open").click()
    spanish.wait_film()
    expect(page.get_by_test_id("verdict")).to_contain_text("Anormal: neumonía intersticial")
    assert page.evaluate(CUT_OFF) == [], "long words"
    spanish.press("?")
    expect(page.locator("#help")).to_contain_text("De acuerdo con los modelos")
    assert english(page) == []
    spanish.press("Escape")
    spanish.press("f")
    page.keyboard.type("opacidad")
    spanish.press("Enter")
    spanish.press("a")
    page.get_by_test_id("notice").filter(has_text="Guardado: Neumonía intersticial · Opacidad pulmonar").wait_for()
    assert english(page) == []

    (opinion,) = room.opinions()
    assert (opinion.label, opinion.findings) == ("interstitial_pneumonia", ["Lung_Opacity"])
