"""What readers said of a refusal is of that refusal, whatever newer models say of the film later."""

import uuid

import pytest
from sqlalchemy import insert

from review.errors import InvalidError
from review.export.said import Choice, Labelled, labelled, said
from review.insight.readings import Asked, read
from review.reading import film_state, label, opinions, standing
from review.schema import Given
from review.settings import Settings
from review.tables import Assessment, Film
from tests.unit.review.site import START

NO_CHEST, ROTATED, LATERAL = "not_a_chest_radiograph", "rotated", "lateral_view"
OTHER = "other_pathology"


def judged(site, reason, verdict, named=None):
    """A film that was refused for that reason, of which a reader thinks so; gives its id."""
    film = site.film(None, reason)
    site.opinion(film, site.reader("ada"), named, refusal=verdict)
    site.keep()
    return film["id"]


def assess_again(site, film_id, reason):
    """Newer models refuse the film for that reason; or assess it, where there is none."""
    outcome, refusal = ("refused", {"reason": reason, "detail": ""}) if reason else ("assessed", None)
    row = {"id": "N" * 26, "film_id": film_id, "created": START, "outcome": outcome, "contours": []}
    with site.sessions.begin() as session:
        session.execute(insert(Assessment), [row | {"body": {"outcome": outcome, "refusal": refusal}}])
        film = session.get_one(Film, film_id)
        film.assessment_id, film.outcome, film.refusal = row["id"], outcome, reason


def exported(session, film_id):
    """Label and kind, or why it is left out."""
    found = labelled(session.get_one(Film, film_id), said(session, Choice())[film_id], Choice())
    return (found.label, found.kind) if isinstance(found, Labelled) else found


@pytest.mark.parametrize("reason", [NO_CHEST, ROTATED, None])
def test_what_was_rightly_refused_as_no_chest_film_is_none_whatever_newer_models_say(site, reason):
    film_id = judged(site, NO_CHEST, "right")
    assess_again(site, film_id, reason)

    with site.session() as session:
        film = session.get_one(Film, film_id)
        label.settle(film, standing.current(session, film_id), second_read=True)
        assert (film.label, film.state) == ("not_a_chest_film", "read")
        assert exported(session, film_id) == ("not_a_chest_film", "not-a-chest-film")


def test_nobody_called_a_film_no_chest_film_who_saw_it_refused_as_rotated(site):
    film_id = judged(site, ROTATED, "right")
    assess_again(site, film_id, NO_CHEST)

    with site.session() as session:
        assert exported(session, film_id) == "no label"


@pytest.mark.parametrize(
    ("verdict", "reason", "told"),
    [
        ("right", None, (OTHER, "cxr-rotated")),
        ("right", NO_CHEST, (OTHER, "cxr-rotated")),
        ("wrong", None, (OTHER, "cxr")),
        ("right", LATERAL, "refused as lateral view, and no reader says whether that is right"),
        ("wrong", LATERAL, "refused as lateral view, and no reader says whether that is right"),
    ],
)
def test_a_film_lies_as_the_reader_said_of_the_refusal_that_they_saw(site, verdict, reason, told):
    film_id = judged(site, ROTATED, verdict, OTHER)
    assess_again(site, film_id, reason)

    with site.session() as session:
        assert exported(session, film_id) == told


@pytest.mark.parametrize(("reason", "counted"), [(ROTATED, ["wrong"]), (LATERAL, []), (None, [])])
def test_insight_counts_a_verdict_for_the_reason_of_which_it_was_given(site, reason, counted):
    film_id = judged(site, ROTATED, "wrong")
    assess_again(site, film_id, reason)

    with site.session() as session:
        films = read(session, Asked()).films
    assert films["verdict"].dropna().tolist() == counted
    assert films["film"].tolist() == [film_id]


@pytest.mark.parametrize(("before", "after"), [(ROTATED, None), (None, ROTATED)])
def test_only_a_refusal_that_was_on_the_screen_can_be_called_right(site, before, after):
    ada, film = site.reader("ada"), site.film(None if before else (0.2, 0.3, 0.5), before, body={"created": "2026"})
    site.keep()
    with site.sessions.begin() as session:
        kept = session.get_one(Film, film["id"])
        sitting = opinions.open_sitting(session, kept, ada)
        session.flush()
        sitting.assessment_id = film_state._answer(session, kept).assessment_id
        given = Given(key=str(uuid.uuid4()), sitting=sitting.id, refusal="right")
    assess_again(site, film["id"], after)

    with site.sessions.begin() as session:
        kept = session.get_one(Film, film["id"])
        if before:
            assert opinions.give(session, kept, ada, "reader", given, Settings()).judged_refusal == before
        else:
            with pytest.raises(InvalidError, match="not refused"):
                opinions.give(session, kept, ada, "reader", given, Settings())
