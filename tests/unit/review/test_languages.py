"""In which language a reader's pages are, and that all of a page is in it."""

import re
from datetime import UTC, date, datetime

import pytest

from certificates.allowed import STEPS
from client.errors import RefusedError
from client.places import SERVICES
from learning.lesson import TEACHING
from review.insight.estimates import Estimate
from review.languages import gateway, spoken
from review.languages.moments import day, moment
from review.languages.numbers import decimal, grouped
from review.lessons.words import round_step, taught
from review.verdict import verdict
from review.words import named, sex
from tests.unit.review.english import english, heard
from tests.unit.review.test_claims import PAGE, STATE
from tests.unit.review.test_preferences import keep
from tests.unit.review.whole import whole
from vocabulary.conditions import CONDITIONS
from vocabulary.refusals import REFUSALS

SPANISH = {"Accept-Language": "es-ES,es;q=0.9,en;q=0.8"}
LANGUAGE = re.compile(r'<html lang="(\w+)"')


def language(browser, path="/log-in", **headers):
    return LANGUAGE.search(browser.get(path, headers=PAGE | headers).text)[1]


@pytest.fixture
def in_spanish():
    token = spoken._spoken.set(spoken._Spoken("es"))
    yield
    spoken._spoken.reset(token)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9", "es"),
        ("de,fr;q=0.9", "en"),
        ("en;q=0.5,es;q=0.8", "es"),
        ("de,es;q=0.2,en;q=0.7", "en"),
        ("es;q=0,en", "en"),
        ("*", "en"),
        ("es;q=often", "en"),
        (",;=" * 500, "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_wants_most_of_those_that_there_are(header, found):
    assert spoken.asked(header, "en") == found


def test_where_neither_account_nor_browser_asks_the_setting_says(tmp_path):
    with whole(tmp_path, language="es") as room:
        browser = room.browser()
        asked = [language(browser), language(browser, **{"Accept-Language": "de"}), language(browser, **SPANISH)]
        assert [*asked, language(browser, **{"Accept-Language": "en-GB"})] == ["es", "es", "es", "en"]


def test_what_an_account_asks_for_goes_before_what_the_browser_asks_for(room):
    ada = room.browser("ada")
    asked = [language(ada, "/", **SPANISH)]
    keep(ada, language="en")
    asked.append(language(ada, "/", **SPANISH))
    keep(ada, language="es")
    asked += [language(ada, "/"), language(room.browser("ada"), "/"), language(room.browser("bob"), "/")]
    _, page = keep(ada, language="")
    assert [*asked, LANGUAGE.search(page)[1]] == ["es", "en", "es", "es", "en", "en"]
    assert keep(ada, language="klingon")[0] == 422


def test_a_request_leaves_no_language_to_the_next(room):
    ada, nobody = room.browser("ada"), room.browser()
    keep(ada, language="es")
    for _ in range(3):
        assert (language(ada, "/"), language(nobody)) == ("es", "en")


def test_a_page_in_spanish_brings_its_scripts_texts_and_one_in_english_none(room):
    film, ada = room.film(), room.browser("ada")
    path = f"/films/{film}"
    english = ada.get(path, headers=PAGE).text
    spanish = ada.get(path, headers=PAGE | SPANISH).text
    assert 'id="texts"' not in english and '"Agree: %(label)s":"De acuerdo: %(label)s"' in spanish
    assert '"Lung opacity":"Opacidad pulmonar"' in spanish and "No dice" not in english
    assert (
        "películas" not in spanish and "Neumonía intersticial" in spanish and "Interstitial pneumonia</span>" in english
    )
    worklist = ada.get("/", headers=PAGE | SPANISH).text
    assert "being assessed…" in worklist and "Agree: " not in worklist, "only its own scripts'"


def test_what_is_kept_and_told_to_programs_stays_as_it_is(room):
    film, ada = room.film(), room.browser("ada")
    states = [STATE.search(ada.get(f"/films/{film}", headers=PAGE | asked).text)[1] for asked in ({}, SPANISH)]
    assert all('"state": "unread"' in each and '"interstitial_pneumonia"' in each for each in states)
    problems = [
        ada.get("/films/none", headers={"Accept": "application/json"} | asked).json() for asked in ({}, SPANISH)
    ]
    assert [each["code"] for each in problems] == ["not-found"] * 2
    assert [each["detail"] for each in problems] == ["no such film", "esa radiografía no existe"]


@pytest.mark.parametrize(("path", "title"), [("/lessons", "Lecciones"), ("/insight", "Estadísticas")])
def test_a_chiefs_pages_are_in_the_language_too(room, path, title):
    page = room.browser("carla", "chief").get(path, headers=PAGE | SPANISH).text
    assert LANGUAGE.search(page)[1] == "es" and f"<h1>{title}</h1>" in page
    assert english(heard(page)) == []


def test_numbers_are_written_as_in_the_language(in_spanish):
    assert (decimal(0.8125, 2), decimal(-0.5, 3, signed=True), decimal(2, 1, signed=True)) == ("0,81", "-0,500", "+2,0")
    assert str(Estimate(40, 0.5, 0.25, 0.75)) == "0,50 (0,25 a 0,75)"
    assert str(Estimate(3)) == "muy pocos datos" and grouped(12345) == "12.345"


def test_every_step_that_learning_tells_of_has_a_name_in_the_language(in_spanish):
    told = re.findall(r'\.step\("([^"]+)"', "".join(each.read_text() for each in SERVICES.glob("learning/*.py")))
    steps = {*told, *TEACHING.values(), "Starting"}
    assert len(steps) == 8 and not [each for each in steps if round_step(each) == each]
    assert not [each for each in STEPS if taught(each).lower() == each.lower()]
    assert round_step("Sleeping") == "Sleeping"


def test_an_error_page_is_in_the_language_too(room):
    page = room.browser("ada").get("/films/none", headers=PAGE | SPANISH).text
    assert "No encontrado" in page and "esa radiografía no existe" in page and "Not Found" not in page


def test_days_are_written_as_in_the_language(in_spanish):
    assert (day(date(2026, 3, 2)), day("2026-03-02"), day("unknown"), day("")) == (
        "2/3/2026",
        "2/3/2026",
        "unknown",
        "",
    )
    assert moment(datetime(2026, 3, 2, 14, 5, tzinfo=UTC)) == "2/3/2026 14:05"


def test_radiologists_words_are_those_of_radiologists(in_spanish):
    names = "Effusion", "Lung_Opacity", "Cardiomegaly", "Pneumothorax", "interstitial_pneumonia", "Pleural_Thickening"
    assert [named(each) for each in names] == [
        "Derrame pleural",
        "Opacidad pulmonar",
        "Cardiomegalia",
        "Neumotórax",
        "Neumonía intersticial",
        "Engrosamiento pleural",
    ]
    assert (sex("M"), sex("F"), sex("")) == ("varón", "mujer", "")


def test_the_verdict_and_where_are_in_the_language(in_spanish):
    answer = {"outcome": "assessed", "classes": {"other_pathology": 0.9}, "possible_classes": ["other_pathology"]}
    zones = {"other_pathology": "left upper zone"}
    assert verdict(answer, zones)[1:] == ("Anormal: otra patología", "campo superior izquierdo")


def test_what_the_gateway_says_is_said_by_its_code(in_spanish):
    caution = {"code": "child", "detail": "The patient is a child"}
    newer = {"code": "moved", "detail": "The patient moved"}
    conflict = {"attribute": "ViewPosition", "stated": "LL", "seen": "frontal", "detail": "The file says ..."}
    refused = {"reason": "rotated", "detail": "The film looks rotated"}
    told = gateway.said({"cautions": [caution, newer], "conflicts": [conflict], "refusal": refused})
    assert [each["detail"] for each in told["cautions"]] == [
        "El paciente es un niño; el clasificador solo se evaluó en adultos.",
        "The patient moved",
    ]
    assert told["cautions"][0]["code"] == "child"
    assert (
        "dice una proyección lateral (ViewPosition LL), pero parece una proyección frontal"
        in told["conflicts"][0]["detail"]
    )
    assert told["refusal"]["detail"].startswith("La radiografía parece girada.")
    assert gateway.problem(RefusedError("no-pixels", "the data set has no pixel data")) == "el archivo no tiene píxeles"
    assert gateway.problem(RefusedError("new", "something new")) == "something new"


def test_in_english_the_gateways_own_words_stay():
    assert gateway.said({"cautions": [{"code": "child", "detail": "Three years old"}]}) == {}
    assert (
        gateway.problem(RefusedError("no-pixels", "the data set has no pixel data")) == "the data set has no pixel data"
    )


def test_every_condition_and_refusal_has_a_name_in_the_language(in_spanish):
    same = {name for name, each in CONDITIONS.items() if named(name) == each.label}
    assert same == {"Edema", "Fibrosis", "Hernia", "Tuberculosis"}
    assert not [reason for reason, each in REFUSALS.items() if named(reason) == each.label]
