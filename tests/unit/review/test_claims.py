"""Readers who go down the same list at once: nobody is led to a film that somebody else has, and none is left over."""

import json
import re
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from review.claims import KEPT_S, LEFT_S, Claims
from review.tables import Film, Opinion
from tests.postgresql import new_database
from tests.unit.review.site import DATABASES
from tests.unit.review.whole import whole

FILMS, READERS = 100, 5
PAGE = {"Accept": "text/html"}
STATE = re.compile(r'id="film-state">(.*?)</script>', re.DOTALL)


@pytest.fixture
def clock():
    return SimpleNamespace(now=0.0)


@pytest.fixture
def claims(clock):
    return Claims(lambda: clock.now)


def test_no_two_readers_are_led_to_the_same_film(claims):
    assert claims.lead("ada", "", "abc") == "a"
    assert claims.lead("bob", "", "abc") == "b"
    assert claims.lead("ada", "a", "bc") == "c"
    assert claims.lead("bob", "b", "ac") is None


def test_a_film_that_was_just_left_is_offered_to_nobody_until_its_opinion_is_surely_kept(claims, clock):
    claims.lead("ada", "a", "b")
    claims.lead("ada", "b", "c")
    assert claims.lead("bob", "", "abc") is None
    clock.now = LEFT_S
    assert claims.lead("bob", "", "abc") == "a"


def test_the_films_of_a_reader_who_was_called_away_are_free_again_after_a_while(claims, clock):
    claims.lead("ada", "a", "bc")
    clock.now = KEPT_S - 1
    assert claims.lead("bob", "", "ab") is None
    clock.now = KEPT_S
    assert claims.lead("bob", "", "ab") == "a"


def test_a_film_that_was_read_is_at_once_the_second_readers_though_the_first_still_looks_at_it(room):
    film = room.film(body={"created": "2026-03-02"}, source="dropped")
    ada, bob = room.browser("ada"), room.browser("bob")
    assert ada.get("/next").headers["location"] == f"/films/{film}"
    assert bob.get("/next").headers["location"] == "/"

    assert _say(ada, f"/films/{film}", "other_pathology")["state"] == "second_read"

    assert bob.get("/next").headers["location"] == f"/films/{film}"


def test_a_list_of_films_that_were_read_leads_everybody_down_all_of_it(room):
    for _ in range(2):
        room.film(body={"created": "2026-03-02"}, state="settled")
    ada, bob = room.browser("ada"), room.browser("bob")
    first, second = (each.get("/next?status=settled").headers["location"] for each in (ada, bob))
    assert first == second


@pytest.mark.parametrize("kind", DATABASES)
def test_five_readers_at_once_read_every_film_once_and_nothing_is_lost(kind, tmp_path, request):
    where = {"database": new_database(request.getfixturevalue("postgresql"))} if kind == "postgresql" else {}
    with whole(tmp_path / "readings", **where) as room:
        for _ in range(FILMS):
            room.site.film(body={"created": "2026-03-02"}, source="dropped")
        room.site.keep()
        browsers = [room.browser(f"reader{number}") for number in range(READERS)]

        with ThreadPoolExecutor(READERS) as threads:
            read = list(threads.map(_read_down_the_list, browsers))

        with room.site.session() as session:
            said = Counter(session.scalars(select(Opinion.film_id)))
            states = Counter(session.scalars(select(Film.state)))
    films = [film for each in read for film in each]
    assert len(films) == len(set(films)) == FILMS
    assert (len(said), set(said.values()), states) == (FILMS, {1}, {"read": FILMS})
    assert all(read), "everybody has read something"


def _read_down_the_list(browser):
    """Agree with each film from the first on; which ones."""
    read, path = [], browser.get("/next").headers["location"]
    while path.startswith("/films/"):
        state = _say(browser, path)
        read.append(state["id"])
        path = state["next"]["url"] if state["next"] else "/"
    return read


def _say(browser, path, label=None):
    """Open a film, and give it a label, or the models'; what the page knows then."""
    state = json.loads(STATE.search(browser.get(path, headers=PAGE).text)[1])
    label = label or state["answer"]["predicted_class"]
    given = {"key": str(uuid.uuid4()), "sitting": state["sitting"], "label": label}
    token = {"X-CSRF-Token": state["csrf"]}
    answer = browser.post(f"/films/{state['id']}/opinions", json=given, headers=token)
    assert answer.status_code == 201, answer.text
    return answer.json()
