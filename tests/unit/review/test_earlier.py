"""A patient's earlier films: whose they are, and what is told of them to whom."""

import pytest

from review.reading.earlier import MAX_EARLIER_FILMS, earlier_films
from review.tables import Film
from tests.unit.review.site import START, statements

SOMEBODY = {"patient_id": "1", "birth_date": "1960-01-01", "sex": "F", "patient_name": "Roe, Jane"}
NOW = {"study_date": "2026-01-01"} | SOMEBODY
CLASSES = (0.2, 0.3, 0.5)


def found(site, film, reader="", blind=False):
    with site.session() as session:
        return earlier_films(session, session.get_one(Film, film["id"]), reader, blind)


@pytest.mark.parametrize(
    ("other", "shown"),
    [
        ({"patient_name": "Doe, Jane"}, True),  # who marries is who they were
        ({"birth_date": "1960-01-02"}, False),
        ({"birth_date": ""}, False),
        ({"sex": "M"}, False),
        ({"header": {"00100021": {"vr": "LO", "Value": ["Other hospital"]}}}, False),
        ({"forgotten": START}, False),
    ],
)
def test_an_earlier_film_is_of_the_same_patient_by_more_than_an_id(site, other, shown):
    site.film(**{"study_date": "2025-01-01", "forgotten": None} | SOMEBODY | other)
    film = site.film(forgotten=None, **NOW)
    site.keep()

    assert bool(found(site, film)) == shown


def test_an_id_that_many_have_shows_nobody_elses_film(site):
    unknown = {"patient_id": "UNKNOWN", "birth_date": "", "sex": ""}
    site.film(study_date="2025-01-01", patient_name="", **unknown)
    site.film(study_date="2025-01-01", patient_name="Doe, Jane", **unknown)
    films = [site.film(study_date="2026-01-01", patient_name=name, **unknown) for name in ("", "Roe, John")]
    site.keep()

    assert [found(site, each) for each in films] == [[], []]


def test_earlier_films_come_with_the_newest_first_and_what_the_models_said_of_each(site):
    for day in ("2023-05-01", "2025-05-01", "2024-05-01"):
        site.film(CLASSES, study_date=day, view_position="AP", **SOMEBODY)
    film = site.film(**NOW)
    site.keep()

    told = found(site, film)

    assert [each.date for each in told] == ["2025-05-01", "2024-05-01", "2023-05-01"]
    assert [sum(each.classes.values()) for each in told] == pytest.approx([1, 1, 1])
    assert (told[0].view_position, told[0].pixels.url) == ("AP", f"/films/{told[0].id}/radiograph.png")


def test_no_answer_to_an_earlier_film_is_told_while_the_new_one_has_to_be_read_blind(site):
    site.film(CLASSES, study_date="2025-05-01", **SOMEBODY)
    film = site.film(blind=True, **NOW)
    site.keep()

    assert [each.classes for each in found(site, film, blind=True)] == [None]


def test_the_answer_to_an_earlier_film_that_is_to_be_read_blind_stays_hidden_until_it_was(site):
    ada, bob = site.reader("ada"), site.reader("bob")
    before = site.film(CLASSES, study_date="2025-05-01", blind=True, **SOMEBODY)
    film = site.film(**NOW)
    site.opinion(before, bob, "no_pathology", blind=True)
    site.keep()

    assert [each.classes for each in found(site, film, ada)] == [None]
    assert [bool(each.classes) for each in found(site, film, bob)] == [True]


def test_an_earlier_film_that_was_refused_has_no_probabilities(site):
    site.film(None, refusal="rotated", study_date="2025-05-01", **SOMEBODY)
    film = site.film(**NOW)
    site.keep()

    assert [each.classes for each in found(site, film)] == [None]


def test_many_earlier_films_cost_one_statement_and_the_newest_are_told(site):
    for number in range(MAX_EARLIER_FILMS + 5):
        site.film(study_date=f"{1990 + number}-01-01", **SOMEBODY)
    film = site.film(**NOW)
    site.keep()

    with site.session() as session, statements(site) as sent:
        told = earlier_films(session, session.get_one(Film, film["id"]), "", False)
    assert (len(told), told[0].date, len(sent)) == (MAX_EARLIER_FILMS, f"{1990 + MAX_EARLIER_FILMS + 4}-01-01", 2)
