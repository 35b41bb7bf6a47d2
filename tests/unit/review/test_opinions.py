"""Opinions: given, changed, undone; blind or not; and what they make of a film."""

import uuid

import pytest

from review.errors import ConflictError, InvalidError, NotFoundError
from review.reading import opinions, standing
from review.schema import Given
from review.settings import Settings
from review.tables import Assessment, Film, Opinion
from tests.unit.review.site import START, Site


class Desk:
    """One film, and the readers before it."""

    def __init__(self, site: Site, settings: Settings | None = None, **film: object) -> None:
        self.site = site
        self.settings = settings or Settings()
        self.film_id = site.film(**film)["id"]
        site.keep()
        self.readers = {"ada": site.reader("ada"), "bob": site.reader("bob"), "eva": site.reader("eva", role="chief")}

    def say(self, reader: str, label: str | None = None, key: str = "", **more: object) -> dict:
        """Open the film, give an opinion, and tell what became of it."""
        with self.site.sessions.begin() as session:
            film = session.get_one(Film, self.film_id)
            sitting = opinions.open_sitting(session, film, self.readers[reader])
            session.flush()
            given = Given(key=key or str(uuid.uuid4()), sitting=sitting.id, label=label, **more)
            role = "chief" if reader == "eva" else "reader"
            opinion = opinions.give(session, film, self.readers[reader], role, given, self.settings)
            return {"state": film.state, "label": film.label, "blind": opinion.blind, "agrees": opinion.agrees}

    def undo(self, reader: str) -> str:
        with self.site.sessions.begin() as session:
            film = session.get_one(Film, self.film_id)
            sitting = opinions.open_sitting(session, film, self.readers[reader])
            session.flush()
            opinions.undo(session, film, self.readers[reader], sitting.id, self.settings)
            return film.state

    def standing(self, reader: str) -> list[str | None]:
        with self.site.session() as session:
            return [each.label for each in standing.current(session, self.film_id)
                    if each.reader_id == self.readers[reader]]  # fmt: skip


OTHER, NONE, INTERSTITIAL = "other_pathology", "no_pathology", "interstitial_pneumonia"
SURE_OF_OTHER = (0.1, 0.8, 0.1)


def test_an_opinion_that_agrees_with_the_models_makes_the_film_read(site):
    desk = Desk(site, probabilities=SURE_OF_OTHER)

    assert desk.say("ada", OTHER) == {"state": "read", "label": OTHER, "blind": False, "agrees": True}


def test_one_that_disagrees_sends_the_film_to_a_second_reader_whose_agreement_settles_it(site):
    desk = Desk(site, probabilities=SURE_OF_OTHER)

    assert desk.say("ada", NONE)["state"] == "second_read"
    assert desk.say("bob", NONE) == {"state": "settled", "label": NONE, "blind": False, "agrees": False}


def test_readers_who_disagree_need_a_chief_whose_word_is_the_last(site):
    desk = Desk(site, probabilities=SURE_OF_OTHER)
    desk.say("ada", NONE)

    assert desk.say("bob", INTERSTITIAL) == {"state": "arbitration", "label": None, "blind": False, "agrees": False}
    assert desk.say("eva", OTHER) == {"state": "settled", "label": OTHER, "blind": False, "agrees": True}
    assert desk.say("bob", INTERSTITIAL)["label"] == OTHER


def test_a_blind_film_is_read_twice_even_where_the_first_reader_agrees(site):
    desk = Desk(site, probabilities=SURE_OF_OTHER, blind=True)

    assert desk.say("ada", OTHER)["state"] == "second_read"
    assert desk.say("bob", OTHER)["state"] == "settled"


def test_a_site_may_do_without_second_reads(site):
    desk = Desk(site, Settings(second_read=False), probabilities=SURE_OF_OTHER)

    assert desk.say("ada", NONE)["state"] == "read"


def test_the_same_opinion_sent_twice_is_kept_once(site):
    desk, key = Desk(site), str(uuid.uuid4())
    desk.say("ada", NONE, key)
    desk.say("ada", NONE, key)

    with site.session() as session:
        assert session.query(Opinion).count() == 1


def test_a_key_of_another_readers_opinion_is_refused(site):
    desk, key = Desk(site), str(uuid.uuid4())
    desk.say("ada", NONE, key)

    with pytest.raises(ConflictError):
        desk.say("bob", NONE, key)


def test_the_first_opinion_on_a_blind_film_is_blind_and_no_later_one(site):
    desk = Desk(site, blind=True)

    assert desk.say("ada", OTHER)["blind"] is True
    assert desk.say("ada", NONE)["blind"] is False
    assert desk.say("bob", OTHER)["blind"] is True


def test_an_undone_blind_opinion_cannot_be_given_blind_again(site):
    desk = Desk(site, blind=True)
    desk.say("ada", OTHER)
    desk.undo("ada")

    assert desk.say("ada", OTHER)["blind"] is False


def test_undo_brings_back_what_stood_before_and_at_last_nothing(site):
    desk = Desk(site, probabilities=SURE_OF_OTHER)
    desk.say("ada", OTHER)
    desk.say("ada", NONE)

    assert desk.undo("ada") == "read"
    assert desk.standing("ada") == [OTHER]
    assert desk.undo("ada") == "unread"
    assert desk.standing("ada") == []
    with pytest.raises(ConflictError, match="no opinion of yours"):
        desk.undo("ada")


def test_nothing_that_was_said_is_lost_by_changing_and_undoing(site):
    desk = Desk(site)
    desk.say("ada", OTHER)
    desk.say("ada", NONE)
    desk.undo("ada")

    with site.session() as session:
        rows = standing.of_reader(session, desk.film_id, desk.readers["ada"])
        assert [(row.label, row.undoes) for row in rows] == [(OTHER, None), (NONE, None), (OTHER, rows[1].number)]


def test_a_wrong_refusal_goes_to_a_second_reader_and_a_right_one_is_read(site):
    wrong = Desk(site, probabilities=None, refusal="rotated")
    assert wrong.say("ada", OTHER, refusal="wrong")["state"] == "second_read"


def test_a_refusal_that_is_right_makes_the_film_read(site):
    desk = Desk(site, probabilities=None, refusal="rotated")

    assert desk.say("ada", refusal="right") == {"state": "read", "label": None, "blind": False, "agrees": None}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "says nothing"),
        ({"comment": "  "}, "says nothing"),
        ({"refusal": "wrong"}, "was not refused"),
        ({"findings": ["Dragon"]}, "not a finding"),
        ({"shapes": [{"kind": "box", "points": [(0, 0), (31.5, 10)]}]}, "outside the film"),
        ({"shapes": [{"kind": "box", "points": [(0, 0), (3, 3), (5, 5)]}]}, "two corners"),
    ],
)
def test_an_opinion_that_cannot_be_is_refused(site, more, told):
    with pytest.raises(InvalidError, match=told):
        Desk(site).say("ada", **more)


def test_an_opinion_is_of_the_answer_that_was_shown_not_of_one_that_came_meanwhile(site):
    desk = Desk(site, probabilities=SURE_OF_OTHER)
    with site.sessions.begin() as session:
        film = session.get_one(Film, desk.film_id)
        shown = film.assessment_id
        sitting = opinions.open_sitting(session, film, desk.readers["ada"])
        sitting.assessment_id = shown
        body = session.get_one(Assessment, shown).body | {"predicted_class": NONE}
        session.add(Assessment(id="newer", film_id=film.id, created=START, outcome="assessed", body=body, contours=[]))
        film.assessment_id, film.predicted_class = "newer", NONE
        session.flush()
        given = Given(key=str(uuid.uuid4()), sitting=sitting.id, label=OTHER)
        opinion = opinions.give(session, film, desk.readers["ada"], "reader", given, desk.settings)
        assert (opinion.assessment_id, opinion.agrees) == (shown, True)


def test_a_sitting_of_another_reader_is_none_of_mine(site):
    desk = Desk(site)
    with site.sessions.begin() as session:
        film = session.get_one(Film, desk.film_id)
        theirs = opinions.open_sitting(session, film, desk.readers["bob"])
        session.flush()
        given = Given(key=str(uuid.uuid4()), sitting=theirs.id, label=NONE)
        with pytest.raises(NotFoundError):
            opinions.give(session, film, desk.readers["ada"], "reader", given, desk.settings)
