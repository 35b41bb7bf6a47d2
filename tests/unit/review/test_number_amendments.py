"""Readers' numbers on their way to the listener: which go out, and what becomes of them there."""

from io import BytesIO

import pytest
from pydicom import dcmread
from sqlalchemy import select

from results.amendment import Amendment as Wire
from results.amendment_number import check_asked
from review.amendments import queue, sender
from review.amendments.queue import Amendment
from review.errors import InvalidError
from scp.outbox import Parcel
from tests.unit.review.amending import SETTINGS, Room, listening, sending
from tests.unit.review.numbers import PROBLEM, measured
from tests.unit.review.site import Site

only_sqlite = pytest.mark.parametrize("site", ["sqlite"], indirect=True)

CAREFUL = SETTINGS.model_copy(update={"second_read": True})


@pytest.fixture
def room(site: Site) -> Room:
    """A hand, of 120 months in the model's opinion, 90 to 150."""
    return Room(site, probabilities=None, body=measured(), problem=PROBLEM)


def letters(room):
    with room.site.sessions() as session:
        rows = session.scalars(select(Amendment).order_by(Amendment.number))
        return [Wire.model_validate_json(queue.letter(session, each)) for each in rows]


def test_number_of_a_film_that_is_read_goes_out_beside_what_the_model_said(room):
    room.says("ada", None, value=131.5, comment="Early.")

    (told,) = letters(room)
    check_asked(told)
    assert room.queued() == [("ada", 131.5, False)]
    assert (told.said.value, told.said.agrees, told.said.label) == ({"months": 131.5}, True, None)
    assert (told.answer.asked, told.answer.version) == (PROBLEM, "1.0.0")
    assert told.answer.value == {"months": 120.0, "interval": (90.0, 150.0)}
    assert (told.answer.predicted_class, told.answer.classifier) == (None, "")


def test_number_that_the_model_differs_from_waits_for_a_second_reader_and_then_both_go_out(room):
    room.says("ada", None, value=160, settings=CAREFUL)
    assert room.queued() == []

    room.says("bob", None, value=170, settings=CAREFUL)

    assert sorted(room.queued()) == [("ada", 160.0, False), ("bob", 170.0, False)]


def test_numbers_too_far_apart_are_withdrawn_and_those_like_the_last_word_go_out(room):
    room.says("ada", None, value=100)
    room.leave()
    room.says("bob", None, value=140)
    room.leave()
    assert room.queued() == [("ada", 100.0, False), ("ada", 100.0, True)]

    room.says("eve", None, role="chief", value=135)

    assert sorted(room.queued()[2:]) == [("bob", 140.0, False), ("eve", 135.0, False)]


def test_number_that_is_changed_or_undone_before_it_left_never_leaves(room):
    room.says("ada", None, value=120)
    room.says("ada", None, value=126)
    assert room.queued() == [("ada", 126.0, False)]
    room.undoes("ada")
    assert room.queued() == [("ada", 120.0, False)]
    room.undoes("ada")

    assert room.queued() == []


def test_a_changed_number_follows_the_one_that_left(room):
    room.says("ada", None, value=120)
    room.leave()
    room.says("ada", None, value=120)
    assert room.queued() == [("ada", 120.0, False)], "the same again is nothing new"
    room.says("ada", None, value=126)

    assert room.queued() == [("ada", 120.0, False), ("ada", 126.0, False)]
    assert room.rows()[1].supersedes == room.rows()[0].key


def test_that_a_hand_was_rightly_refused_goes_out_without_a_number(site):
    room = Room(
        site,
        probabilities=None,
        refusal="not_a_hand_radiograph",
        problem=PROBLEM,
        body=measured() | {"value": None, "outcome": "refused"},
    )
    room.says("ada", None, refusal="right")

    (told,) = letters(room)
    check_asked(told)
    assert (told.said.value, told.said.refusal, told.answer.value) == (None, "right", None)


def test_a_lung_is_not_drawn_on_a_hand(room):
    with pytest.raises(InvalidError, match="a number is asked"):
        room.says("ada", None, value=120, shapes=[{"kind": "lung", "points": [[1, 2], [3, 4]]}])


@only_sqlite
def test_number_becomes_a_report_at_the_listener_and_its_undoing_another(room, tmp_path, monkeypatch):
    monkeypatch.setattr(sender, "QUEUE_CHECK_S", 0.05)
    room.says("ada", None, value=131.5)
    with listening(tmp_path) as (service, port):
        with sending(room.site, port):
            room.delivers()
            room.undoes("ada")
            room.delivers()
        _, *kept = service.ledger.made()
        made = [dcmread(BytesIO(service.outbox.open(Parcel("none", each.instance, each.kind)))) for each in kept]

    assert ["131.5" in each.to_json() for each in made] == [True, False]
    assert made[1].ConceptNameCodeSequence[0].CodeMeaning == "Reader's opinion withdrawn"
