"""Films that are opened from those worth labelling are read blind first, over the real routes."""

import contextlib
import json
import re
import uuid

import numpy as np
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from review import problems
from review.arrivals.pictures import Pictures
from review.door import logins
from review.export.said import Choice, said
from review.insight.readings import Asked, read
from review.metrics import Metrics
from review.people import Reader
from review.reading import film_pictures, films, learning, lists
from review.reading.worth import queue
from review.settings import Settings
from tests.unit.review.room import state_of
from tests.unit.review.site import START
from vocabulary.conditions import CLASSES

STATE = re.compile(r'<script type="application/json" id="film-state">(.*?)</script>', re.S)
UNSURE = (0.3, 0.36, 0.34)


class Reading(TestClient):
    """A reader's browser."""

    def opened(self, film, origin=""):
        """What the film page knows."""
        return json.loads(STATE.search(self.get(f"/films/{film['id']}{origin}").text)[1])

    def says(self, state, label):
        """The state after an opinion."""
        given = {"key": str(uuid.uuid4()), "sitting": state["sitting"], "label": label}
        return self.post(f"/films/{state['id']}/opinions", json=given, headers={"x-csrf-token": state["csrf"]}).json()


@pytest.fixture
def enter(site, tmp_path):
    """Readers of one room log in."""
    with contextlib.ExitStack() as stack:

        def entered(login, **settings):
            parts = {"pictures": Pictures(tmp_path), "metrics": Metrics()}

            @contextlib.asynccontextmanager
            async def lifespan(app):
                yield state_of(Settings(secure=False, **settings), site.sessions, **parts)

            app = FastAPI(lifespan=lifespan)
            problems.install(app)
            for part in (lists, films, film_pictures, learning):
                app.include_router(part.router)
            with site.sessions.begin() as session:
                cookie = logins.start(session, session.get_one(Reader, site.reader(login)), "")
            return stack.enter_context(Reading(app, cookies={"review": cookie}))

        yield entered


def heat(film):
    return f"/films/{film['id']}/{film['assessment_id']}/heat/other_pathology.png"


def told(site, probabilities=UNSURE, **columns):
    """A film whose answer has all that the page shows."""
    return site.film(probabilities, body={"created": START.isoformat()}, **columns)


def test_page_json_pictures_and_worklist_hide_the_answer_until_the_reader_has_spoken(site, enter):
    film = told(site)
    site.keep()
    ada = enter("ada")

    state = ada.opened(film, "?from=learn")
    again = ada.get(f"/films/{film['id']}/state", params={"sitting": state["sitting"]}).json()
    from_the_list = ada.opened(film)
    hidden = ada.get(heat(film))
    rows = ada.get("/worklist/rows").text

    assert [(each["blind"], each["answer"]) for each in (state, again, from_the_list)] == [(True, None)] * 3
    assert hidden.status_code == 403 and hidden.json()["type"].endswith("hidden")
    assert "Hidden: you read first" in rows and "ther pathology" not in rows
    after = ada.says(state, "no_pathology")
    assert after["answer"]["classes"]["other_pathology"] == 0.36 and not after["blind"]
    assert ada.get(heat(film)).status_code == 404  # no longer hidden: there is no such picture here
    with site.session() as session:
        ((opinion,),) = said(session, Choice(blind_only=True)).values()
    assert (opinion.blind, opinion.label) == (True, "no_pathology")


def test_once_somebody_has_read_it_blind_nobody_has_to(site, enter):
    film = told(site)
    site.keep()
    ada, bob = enter("ada"), enter("bob")

    ada.says(ada.opened(film, "?from=learn"), "no_pathology")

    assert bob.opened(film, "?from=learn")["answer"]["classes"]["other_pathology"] == 0.36


def test_who_has_had_the_answer_on_the_screen_does_not_read_it_blind_but_others_do(site, enter):
    film = told(site)
    site.keep()
    ada, bob = enter("ada"), enter("bob")

    assert ada.opened(film)["answer"]
    seen, fresh = (each.opened(film, "?from=learn") for each in (ada, bob))

    assert (seen["blind"], fresh["blind"]) == (False, True)
    ada.says(seen, "other_pathology")
    with site.session() as session:
        assert said(session, Choice(blind_only=True)) == {}


def test_two_readers_who_open_it_at_the_same_time_both_read_it_blind(site, enter):
    film = told(site)
    site.keep()
    ada, bob = enter("ada"), enter("bob")

    states = [each.opened(film, "?from=learn") for each in (ada, bob)]
    for reader, state in zip((ada, bob), states, strict=True):
        reader.says(state, "no_pathology")

    with site.session() as session:
        (opinions,) = said(session, Choice(blind_only=True)).values()
    assert len(opinions) == 2


def test_films_from_the_worklist_refused_films_and_a_room_that_says_no_show_the_answer(site, enter):
    film, refused = told(site), told(site, None, refusal="rotated")
    site.keep()

    assert enter("ada").opened(film, "?from=elsewhere")["answer"]
    assert enter("bob").opened(refused, "?from=learn")["answer"]
    assert enter("eve", blind_worth=False).opened(film, "?from=learn")["answer"]


def test_chosen_films_do_not_judge_the_models(site, enter):
    """They are those that the models are unsure of."""
    chosen, drawn = told(site), told(site, (0.1, 0.1, 0.8), blind=True)
    site.keep()
    ada = enter("ada")

    for film in (chosen, drawn):
        ada.says(ada.opened(film, "?from=learn"), "no_pathology")

    with site.session() as session:
        assert read(session, Asked()).blind["film"].tolist() == [drawn["id"]]


def test_place_among_the_films_worth_labelling_tells_no_class(site):
    """The order is that of how unsure the models are; rare classes are there all the same."""
    ada, random = site.reader("ada"), np.random.default_rng(7)
    for number in range(90):
        order = 2 if number % 9 else number // 9 % 2  # nine in ten are of the same class
        top = float(random.uniform(0.4, 0.8))
        values = [(1 - top) / 2] * 3
        values[order] = top
        site.film(tuple(values))
    site.keep()

    with site.session() as session:
        listed = queue(session, ada, 20, blind_first=True)

    scores = [each.score for each in listed]
    assert scores == sorted(scores, reverse=True) and {tuple(each.reasons) for each in listed} == {("worth reading",)}
    predicted = {film["id"]: film["predicted_class"] for film in site.films}
    assert {predicted[each.film_id] for each in listed} == set(CLASSES)
