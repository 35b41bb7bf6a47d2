"""Films of which a number is asked: how they come, what is said of them, and what that comes to."""

import json
import re
import uuid

import cv2
import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from client.errors import FailedError
from review.arrivals.arrivals import Arrivals
from review.arrivals.came import Came
from review.arrivals.feed import Feed
from review.arrivals.pictures import Pictures
from review.arrivals.received import Received
from review.audit import record_first
from review.errors import InvalidError
from review.forgetting import emptied
from review.measured import interval_of
from review.people import AuditHead
from review.reading import opinions
from review.schema import Given
from review.settings import Settings
from review.tables import Assessment, Film, Opinion
from review.verdict import verdict
from tests.unit.review.numbers import PROBLEM, hand, measured
from tests.unit.review.site import START
from vocabulary.problems.known import NUMBERS

STATE = re.compile(r'<script type="application/json" id="film-state">(.*?)</script>', re.DOTALL)
REPEATABILITY = 1.96 * 2**0.5 * 8
"""Months: bone age's spread is 8."""


def body(id_, **more):
    """An answer of the gateway."""
    said = {"id": id_, "created": START.isoformat(), "outcome": "assessed", "refusal": None, "in_distribution": 0.9,
            "nearness": -0.5, "display": "plain", "timings_ms": {"total": 9.0}, "cached": False}  # fmt: skip
    return measured() | said | more


def chest(id_, **more):
    return {"id": id_, "created": START.isoformat(), "outcome": "refused", "timings_ms": {"total": 9.0},
            "refusal": {"reason": "not_a_chest_radiograph", "detail": ""}, "cached": False} | more  # fmt: skip


class Gateway:
    """What it answers is given."""

    def __init__(self, bodies=()):
        self.bodies, self.fetched = {each["id"]: each for each in bodies}, []
        self.png = cv2.imencode(".png", np.zeros((4, 4), np.uint8))[1].tobytes()

    def assessment(self, id_, background=False):
        return self.bodies[id_]

    def header(self, _):
        return {}

    def file(self, id_, name, **parameters):
        self.fetched.append((name, parameters))
        return self.png


@pytest.fixture
def arrivals(site, tmp_path):
    return Arrivals(Gateway(), site.sessions, Pictures(tmp_path), lambda _: 0)


def listed(id_, **more):
    return {"id": id_, "created": START.isoformat(), "outcome": "assessed", "source": "modality"} | more


def test_a_measured_film_of_the_feed_comes_in_with_its_number_and_the_heat_of_it(site, tmp_path):
    gateway, pictures = Gateway([body("a")]), Pictures(tmp_path)
    feed = Feed(gateway, Arrivals(gateway, site.sessions, pictures, lambda _: 1), site.sessions)

    feed._take_listed(listed("a", asked=PROBLEM))

    with site.session() as session:
        film = session.scalars(select(Film)).one()
        kept = session.get_one(Assessment, "a")
        assert (film.problem, film.outcome, film.urgency, film.nearness) == (PROBLEM, "assessed", 0.0, -0.5)
        assert (film.source, film.blind, film.predicted_class) == ("modality", True, None)
        assert kept.measured == (120.0, 90.0, 150.0)
        assert pictures.heat(film.id, "a", "number").startswith(b"\x89PNG")
    assert [name for name, _ in gateway.fetched] == ["radiograph.pgm", "heatmap.png"]


def test_what_the_feed_lists_of_a_problem_that_is_not_known_here_is_passed_over(site, tmp_path):
    gateway = Gateway()
    feed = Feed(gateway, Arrivals(gateway, site.sessions, Pictures(tmp_path), lambda _: 0), site.sessions)

    feed._take_listed(listed("a", asked="knee"))

    with site.session() as session:
        assert session.scalars(select(Film)).all() == []
    with pytest.raises(FailedError, match="does not know"):
        Received.of(body("a", asked="knee"))


def test_a_refused_measurement_has_no_number_and_no_heat(site, arrivals):
    refusal = {"reason": "not_a_hand_radiograph", "detail": "Not a hand."}
    film_id = arrivals.take(Received.of(body("a", outcome="refused", value=None, refusal=refusal)), Came("feed"))

    with site.session() as session:
        film = session.get_one(Film, film_id)
        assert (film.outcome, film.refusal, film.problem) == ("refused", "not_a_hand_radiograph", PROBLEM)
        assert session.get_one(Assessment, "a").measured is None


@pytest.mark.parametrize(("first", "second", "shown"), [(chest, body, "b"), (body, chest, "a")])
def test_a_film_asked_for_two_problems_is_read_for_the_one_that_has_an_answer(site, arrivals, first, second, shown):
    film_id = arrivals.take(Received.of(first("a")), Came("feed"))

    assert arrivals.take(Received.of(second("b")), Came("feed")) == film_id
    with site.session() as session:
        film = session.get_one(Film, film_id)
        assert (film.problem, film.assessment_id, film.outcome) == (PROBLEM, shown, "assessed")


@pytest.fixture
def reading(site):
    """One film that Ada, Bob and Cleo, a chief, can read."""
    film = hand(site)
    readers = {name: site.reader(name) for name in ("ada", "bob")} | {"cleo": site.reader("cleo", role="chief")}
    site.keep()

    def give(login, value=None, **more):
        with site.sessions.begin() as session:
            found = session.get_one(Film, film["id"])
            sitting = opinions.open_sitting(session, found, readers[login])
            session.flush()
            if not sitting.blind:
                sitting.assessment_id = found.assessment_id
            given = Given(key=str(uuid.uuid4()), sitting=sitting.id, value=value, **more)
            role = "chief" if login == "cleo" else "reader"
            opinions.give(session, found, readers[login], role, given, Settings(second_read=True))
        return state()

    def state():
        with site.session() as session:
            found = session.get_one(Film, film["id"])
            return found.state, found.value

    return give


def said(site):
    with site.session() as session:
        return [(each.value, each.agrees, each.arbitration) for each in session.scalars(select(Opinion))]


def test_a_number_within_the_interval_agrees_and_one_outside_gets_a_second_reader(site, reading):
    assert reading("ada", 150.0) == ("read", 150.0)
    assert reading("ada", 151.0) == ("second_read", None)
    assert said(site) == [(150.0, True, False), (151.0, False, False)]


def test_readers_as_near_as_two_readings_mostly_are_settle_on_the_mean(reading):
    reading("ada", 110.0)

    assert reading("bob", 110.0 + REPEATABILITY - 0.1) == ("settled", pytest.approx(110 + REPEATABILITY / 2 - 0.05))


def test_readers_farther_apart_disagree_until_a_chief_has_the_last_word(site, reading):
    reading("ada", 110.0)
    assert reading("bob", 110.0 + REPEATABILITY + 0.1) == ("arbitration", None)

    assert reading("cleo", 112.0) == ("settled", 112.0)
    assert said(site)[-1] == (112.0, True, True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"value": 240.1}, "not between 0.0 months and 240.0 months"),
        ({"value": -1}, "not between"),
        ({"label": "no_pathology"}, "a number is asked"),
        ({"value": 100, "findings": ["Mass"]}, "a number is asked"),
        ({}, "says nothing"),
    ],
)
def test_what_is_no_number_of_the_range_that_is_declared_is_refused(site, reading, given, told):
    with pytest.raises(InvalidError, match=told):
        reading("ada", **given)
    assert said(site) == []


def test_of_a_chest_film_nobody_says_a_number(room):
    film, browser = room.film(), room.browser("ada")
    state = opened(browser, film)

    answer = send(browser, film, state, value=96)

    assert answer.status_code == 422 and "no number is asked" in answer.json()["detail"]


def opened(browser, film):
    page = browser.get(f"/films/{film}")
    assert page.status_code == 200, page.text
    return json.loads(STATE.search(page.text)[1])


def send(browser, film, state, **given):
    told = {"key": str(uuid.uuid4()), "sitting": state["sitting"]} | given
    return browser.post(f"/films/{film}/opinions", json=told, headers={"X-CSRF-Token": state["csrf"]})


def test_a_blind_film_hides_its_number_until_the_reader_has_said_theirs_and_then_tells_the_difference(room):
    film, browser = hand(room, blind=True), room.browser("ada")

    state = opened(browser, film)
    assert (state["blind"], state["answer"]) == (True, None)
    assert state["asked"] == {"title": "Bone age", "unit": "months", "lowest": 0, "highest": 240, "places": 1}
    assert state["vocabulary"] == {"labels": [], "findings": [], "words": {}}
    assert "120.0 months" not in browser.get("/").text
    after = send(browser, film, state, value=96.5).json()

    assert after["answer"]["number"] == {"value": 120.0, "low": 90.0, "high": 150.0, "coverage": 0.9}
    assert after["answer"]["verdict"]["text"] == "120.0 months (90.0 to 150.0)"
    assert list(after["answer"]["heat"]) == ["number"]
    told = {name: after["mine"][name] for name in ("value", "difference", "agrees", "blind", "label")}
    assert told == {"value": 96.5, "difference": -23.5, "agrees": True, "blind": True, "label": None}
    undone = browser.post(
        f"/films/{film}/undo", json={"sitting": state["sitting"]}, headers={"X-CSRF-Token": state["csrf"]}
    )
    assert undone.json()["mine"] is None


def test_the_film_page_has_a_field_for_the_number_in_the_place_of_the_classes_keys(room):
    film, chest_film, browser = hand(room), room.film(), room.browser("ada")

    page = browser.get(f"/films/{film}").text

    field = re.search(r'<input type="number" id="value"[^>]*>', page)[0]
    assert 'min="0.0" max="240.0"' in field and 'aria-describedby="value-unit value-wrong"' in field
    assert "data-label" not in page and 'aria-keyshortcuts="0"' not in page
    assert 'id="value"' not in browser.get(f"/films/{chest_film}").text


def test_the_worklist_shows_the_number_and_can_be_narrowed_down_to_a_problem(room):
    film, chest_film, browser = hand(room), room.film(), room.browser("ada")

    rows = browser.get("/").text
    assert "120.0 months (90.0 to 150.0)" in rows and "Bone age" in rows
    assert [f'data-film="{each}"' in rows for each in (film, chest_film)] == [True, True]
    for problem, shown in ((PROBLEM, [True, False]), ("chest", [False, True])):
        rows = browser.get(f"/?problem={problem}").text
        assert [f'data-film="{each}"' in rows for each in (film, chest_film)] == shown
    assert browser.get("/?problem=knee").status_code == 422
    spanish = browser.get("/", headers={"Accept-Language": "es"}).text
    assert "120,0 meses (de 90,0 a 150,0)" in spanish and "Edad ósea" in spanish


def test_a_refused_hand_is_neither_turned_nor_measured_anyway(room):
    refused = {"value": None, "asked": PROBLEM, "created": "2026-03-02"}
    film = room.film(probabilities=None, refusal="not_a_hand_radiograph", body=refused, problem=PROBLEM)
    browser = room.browser("ada")
    state = opened(browser, film)

    for path in ("assess-anyway", "correct"):
        answer = browser.post(
            f"/films/{film}/{path}", json={"sitting": state["sitting"]}, headers={"X-CSRF-Token": state["csrf"]}
        )
        assert answer.status_code == 422 and "measured as it is" in answer.json()["detail"]
    assert send(browser, film, state, refusal="right").json()["state"] == "read"


def test_an_answer_that_says_its_number_otherwise_than_is_known_here_has_none():
    assert interval_of({"asked": "bone-age", "value": {"years": 10, "interval": [9, 11]}}) is None
    assert interval_of({"asked": "knee", "value": {"months": 10, "interval": [9, 11]}}) is None
    assert interval_of({}) is None and verdict({"asked": "bone-age", "outcome": "assessed"}) is None


def test_readers_are_as_far_apart_as_the_coefficient_of_repeatability_of_the_declared_spread():
    assert NUMBERS[PROBLEM].asks.repeatability == pytest.approx(22.17, abs=0.01)


def test_of_a_forgotten_film_the_numbers_stay_and_nothing_makes_others_of_them(site, reading):
    reading("ada", 110.0, comment="a scar of hers")
    with site.sessions.begin() as session:
        film = session.scalars(select(Film)).one()
        record_first(session, None, "forget", film.id)
        emptied.empty(session, [film.id], session.scalar(select(AuditHead.number)))

    with site.session() as session:
        opinion, kept = session.scalars(select(Opinion)).one(), session.scalars(select(Assessment)).one()
        assert (opinion.value, opinion.comment) == (110.0, "")
        assert kept.measured == (120.0, 90.0, 150.0) and "told" not in kept.body
    for change in (update(Opinion).values(value=90.0), update(Assessment).values(body={"value": {"months": 90.0}})):
        with pytest.raises(DatabaseError, match="only added to"), site.sessions.begin() as session:
            session.execute(change)
