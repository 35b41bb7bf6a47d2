import contextlib
import re
import xml.etree.ElementTree as ET
from datetime import date

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from review import problems
from review.door import logins
from review.insight import routes as insight
from review.insight.drawings import PLOTS
from review.insight.page import Answer, Asked
from review.languages.spoken import Speaking
from review.people import Reader
from review.reading import learning
from review.settings import Settings
from tests.unit.review.english import english, heard
from tests.unit.review.room import state_of
from tests.unit.review.site import found, simulate, statements

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> $\\frac{1}{0}$ & \x07 肺"


def browser(site, reader, **settings):
    """A browser in which a reader is logged in, over the real routes."""
    settings = Settings(secure=False, **settings)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        yield state_of(settings, site.sessions)

    app = FastAPI(lifespan=lifespan)
    problems.install(app)
    app.add_middleware(Speaking, otherwise="en")
    for part in (insight, learning):
        app.include_router(part.router)
    with site.sessions.begin() as session:
        cookie = logins.start(session, session.get_one(Reader, reader), "")
    return TestClient(app, cookies={"review": cookie}, headers={"accept": "text/html"})


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A site with readings and refusals enough to say everything."""
    site = found(tmp_path_factory.mktemp("busy"))
    site.reader("eve", "Eve <b>Chief</b>", "chief")
    for number in range(60):
        refused = number % 2 == 0
        film = site.film(None if refused else (0.2, 0.3, 0.5), "rotated" if refused else None, scanner=HOSTILE)
        if refused:
            site.opinion(film, site.films and "EVE".ljust(26, "0"), None, refusal=["wrong", "right"][number % 4 // 2])
    simulate(site, 400, blind_share=0.7)
    return site


@pytest.fixture(scope="module")
def page(busy):
    with browser(busy, "EVE".ljust(26, "0")) as eve:
        yield eve


def test_page_tells_everything_with_intervals(page):
    answer = page.get("/insight")

    assert answer.status_code == 200
    text = answer.text
    for words in ("incorporation bias", "Cohen&#39;s kappa", "expected calibration error", "AUROC", "Krippendorff"):
        assert words in text
    assert text.count("<details>") == len(PLOTS) == text.count("<figure")
    assert "both together are better than the model alone" in text


def test_in_spanish_the_page_and_its_plots_are_all_in_spanish(page):
    spanish = {"Accept-Language": "es"}
    text = page.get("/insight", headers=spanish).text
    plots = [page.get(f"/insight/{name}.svg", headers=spanish).text for name in PLOTS]
    roots = [ET.fromstring(each) for each in plots]  # noqa: S314  our own
    drawn = "\n".join(
        each.text or "" for root in roots for name in ("title", "desc", "text") for each in root.iter(SVG + name)
    )

    said = heard(text)
    assert english(said) == [] and english(drawn) == []
    assert "ambos juntos son mejores que el modelo solo" in text and "Fiabilidad" in drawn
    assert re.search(r"0,\d\d \(0,\d\d a 0,\d\d\)", text) and not re.search(r"\b0\.\d\b", said + drawn)
    assert "Reliability" in page.get("/insight/reliability.svg").text, "who asks in English still gets English"


def test_every_plot_is_a_picture_with_title_and_description(page):
    for name in PLOTS:
        answer = page.get(f"/insight/{name}.svg")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        root = ET.fromstring(answer.text)  # noqa: S314  our own
        assert root.find(f"{SVG}title").text and root.find(f"{SVG}desc").text
        assert root.get("role") == "img" and len(root.findall(f".//{SVG}text")) > 5
        assert "too few to say" not in "".join(root.itertext())


def test_hostile_names_are_text_everywhere(page):
    text = page.get("/insight").text
    drawn = page.get("/insight/refusals.svg").text

    assert "<script>alert" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<b>Chief" not in text
    assert "<script" not in drawn and "&lt;script&gt;" in drawn and "\\frac" in drawn


def test_filters_choose_readings_and_are_kept_in_the_plots_addresses(page, busy):
    ada = "ADA".ljust(26, "0")
    text = page.get("/insight", params={"from": "2026-03-02", "to": "2026-03-08", "reader": ada}).text

    assert f"/insight/time.svg?from=2026-03-02&amp;to=2026-03-08&amp;reader={ada}" in text
    assert f'<option value="{ada}" selected>' in text
    with busy.session() as session:
        everything = Answer(session, Asked())
        some = Answer(session, Asked(date(2026, 3, 2), date(2026, 3, 8), ada))
    assert 0 < some.gathered.counts["blind"] < everything.gathered.counts["blind"]
    assert [each.name for each in some.gathered.readers] == ["Dr Ada"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=yesterday", 422),
        ("from=2026-03-08&to=2026-03-01", 422),
        ("reader=NOBODY", 404),
        ("from=&to=&reader=", 200),
    ],
)
def test_filters_that_make_no_sense_are_refused(page, query, status):
    assert page.get(f"/insight?{query}").status_code == status


def test_plot_that_is_not_there_is_not_found(page):
    assert page.get("/insight/other.svg").status_code == 404


def test_readers_may_not_see_it_and_strangers_are_sent_to_log_in(busy):
    with browser(busy, "BOB".ljust(26, "0")) as bob:
        assert bob.get("/insight").status_code == 403
        assert bob.get("/insight/time.svg").status_code == 403
        assert bob.get("/learn").status_code == 200
        bob.cookies.clear()
        assert bob.get("/insight", follow_redirects=False).headers["location"].startswith("/log-in")


def test_new_site_says_too_few_instead_of_numbers(site):
    chief = site.reader("eve", role="chief")

    with browser(site, chief) as eve:
        text = eve.get("/insight").text
        for name in PLOTS:
            ET.fromstring(eve.get(f"/insight/{name}.svg").text)  # noqa: S314  our own

    assert "too few to say" in text and "0 blind" in text


def test_labels_made_after_the_answer_judge_no_model(site):
    chief, ada = site.reader("eve", role="chief"), site.reader("ada")
    for _ in range(200):
        site.opinion(site.film((0.1, 0.2, 0.7), state="settled", label="no_pathology"), ada, "no_pathology")
        site.opinion(site.films[-1], chief, "no_pathology")
    site.keep()

    with site.session() as session:
        gathered = Answer(session, Asked()).gathered

    assert gathered.counts == {"blind": 0, "seen": 200}
    assert all(each.error.value is None for each in gathered.reliability.values())
    assert all(each.judged == [] for each in gathered.combinations.values())
    assert gathered.confusions["blind"].kappa.value is None


def test_what_was_computed_is_kept_for_a_minute(site):
    chief = site.reader("eve", role="chief")
    with browser(site, chief) as eve:
        before = eve.get("/insight").text
        site.opinion(site.film(), chief, "no_pathology")
        site.keep()
        assert eve.get("/insight").text == before
        insight._answers.clear()
        assert eve.get("/insight").text != before


def test_the_database_is_asked_as_often_for_500_films_as_for_20(tmp_path):
    """How long 10,000 films take is measured by `make trial ARGS="reading"`."""
    asked = []
    for films in (20, 500):
        folder = tmp_path / str(films)
        folder.mkdir()
        site = found(folder)
        simulate(site, films)
        with statements(site) as sent, site.session() as session:
            assert sum(Answer(session, Asked()).gathered.counts.values()) == films
        asked.append(len(sent))

    assert asked[0] == asked[1]


def test_learn_page_shows_why_and_hides_what_is_to_be_read_blind(site):
    ada, bob = site.reader("ada"), site.reader("bob")
    unsure, fresh = site.film((0.21, 0.38, 0.41)), site.film((0.26, 0.36, 0.38))
    hidden = site.film((0.34, 0.35, 0.31), blind=True, patient_name=HOSTILE)
    site.opinion(unsure, bob, "no_pathology", blind=True)
    site.keep()

    with browser(site, ada) as reading:
        text = reading.get("/learn").text
    with browser(site, ada, blind_worth=False) as reading:
        informed = reading.get("/learn").text

    assert "unsure: 41 % against 38 %" in text and text.count("worth reading") == 2
    assert informed.count("unsure: ") == 2 and informed.count("worth reading") == 1
    for film in (unsure, fresh, hidden):
        assert f'href="/films/{film["id"]}?from=learn"' in text and f"/films/{film['id']}/thumbnail.png" in text
    for told in ("0.34", "0.35", "0.36", "pathology", "script>alert"):
        assert told not in text


def test_learn_page_of_a_reader_who_has_read_all_says_so(site):
    ada = site.reader("ada")

    with browser(site, ada) as reading:
        assert "No film is waiting" in reading.get("/learn").text
