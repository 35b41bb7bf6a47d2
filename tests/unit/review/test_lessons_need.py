"""Of the films that come, more are read blind while a lesson waits for films that judge it."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from review.arrivals.arrivals import Arrivals
from review.arrivals.came import Came
from review.arrivals.pictures import Pictures
from review.lessons import need
from review.lessons.need import BlindShare
from review.settings import Settings
from review.tables import Film
from tests.unit.review.room import on_sqlite
from tests.unit.review.site import Site
from tests.unit.review.test_arrivals import Gateway, received
from tests.unit.review.test_lessons_allowed import settle

LESSONS = {"lessons": Path("lessons")}
DEMO = {"demo": True, "secure": False}


def share(site, **settings):
    with site.session() as session:
        return BlindShare(Settings(**settings))(session)


@pytest.mark.parametrize(("blind", "expected"), [(99, 0.3), (100, 0.1)])
def test_more_films_are_read_blind_until_enough_can_judge_a_new_layer(site, blind, expected):
    settle(site, 120, blind)

    assert share(site, **LESSONS) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({}, 0.1), (LESSONS | DEMO, 0.1), (LESSONS | {"blind_share": 0}, 0), (LESSONS | {"blind_share": 0.5}, 0.5)],
)
def test_a_room_without_lessons_or_with_a_demo_reader_or_a_share_of_its_own_keeps_to_it(site, settings, expected):
    assert share(site, **settings) == expected


def test_what_was_counted_holds_for_a_while_and_is_counted_again_after_it(site, monkeypatch):
    asked = BlindShare(Settings(**LESSONS))
    with site.session() as session:
        assert asked(session) == 0.3
    settle(site, 120, 110)
    with site.session() as session:
        assert asked(session) == 0.3
        later = time.monotonic() + need.COUNTED_FOR_S
        monkeypatch.setattr(need, "time", SimpleNamespace(monotonic=lambda: later))
        assert asked(session) == 0.1


def test_a_film_comes_while_it_is_counted_how_many_are_read_blind(site, tmp_path):
    arrivals = Arrivals(Gateway(), site.sessions, Pictures(tmp_path), BlindShare(Settings(**LESSONS)))

    film_id = arrivals.take(received("new"), Came("modality"))

    with site.session() as session:
        assert session.get_one(Film, film_id).assessment_id == "new"


def test_the_page_of_lessons_says_which_share_is_read_blind_now(tmp_path):
    with on_sqlite(tmp_path, lessons=tmp_path / "lessons") as room:
        settle(Site(room.sessions), 75, 25)
        text = room.entered("eva", "chief").get("/lessons").text

    assert "30 % are drawn to be read blind" in text
