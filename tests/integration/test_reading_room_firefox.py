"""The reading room in another browser than the one that it is tested with: one film, read by keyboard."""

from tests import peers
from tests.integration.firefox import ENTER, firefox
from tests.integration.reading_room import PASSWORD, SAMPLES, doctor

pytestmark = peers.needs("firefox-esr", "chromium", "playwright")


def test_firefox_shows_a_film_with_its_windows_and_keeps_what_its_reader_says(browser, room, tmp_path_factory):
    with doctor(browser, room, "ada") as ada:
        ada.add(SAMPLES / "pneumonia.jpg")
    room.add_reader("bob")
    with firefox(tmp_path_factory.mktemp("firefox")) as fox:
        fox.open(f"{room.url}/log-in")
        for field, text in (("login", "bob"), ("password", PASSWORD)):
            fox.ask(f"document.querySelector('[name={field}]').focus()")
            fox.type(text)
        fox.type(ENTER)
        fox.wait("document.getElementById('read-next')")
        fox.type("n")
        fox.wait("document.getElementById('film')?.dataset.ready === 'true'")
        fox.wait("document.querySelector('[data-action=window-1]').getAttribute('aria-pressed') === 'true'")
        chest = fox.ask("document.getElementById('reading-main').textContent")
        fox.type("8")
        fox.wait("document.getElementById('reading-main').textContent.includes('C 128 W 256')")
        assert "C 128 W 256" not in chest
        fox.type("a")
        fox.wait("document.getElementById('notice').textContent.startsWith('Saved')")

    (opinion,) = room.opinions()
    assert (opinion.label, opinion.agrees) == ("interstitial_pneumonia", True)
