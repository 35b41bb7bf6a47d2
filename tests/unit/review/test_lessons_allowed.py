"""What may be taught now, from films that readers have settled on."""

import pytest

from review.lessons import allowed
from tests.unit.review.numbers import hand
from tests.unit.review.room import on_sqlite
from tests.unit.review.site import Site
from vocabulary.conditions import CLASSES


def settle(site, films, blind):
    """Films of all classes in turn, each read by two who agree; the first ones blind."""
    readers = site.reader("ada"), site.reader("bob")
    for number in range(films):
        label, drawn = CLASSES[number % 3], number < blind
        row = site.film(blind=drawn, state="settled", label=label)
        for each in readers:
            site.opinion(row, each, label, blind=drawn)
    site.keep()


def counted(site):
    with site.session() as session:
        return allowed.count(session)


@pytest.mark.parametrize(
    ("films", "blind", "may"),
    [
        *((60, 60, 0), (75, 19, 0), (75, 25, 1), (72, 72, 0)),
        *((297, 150, 1), (300, 99, 1), (300, 100, 2), (600, 100, 2)),
    ],
)
def test_what_may_be_taught_follows_from_settled_and_blind_films(site, films, blind, may):
    settle(site, films, blind)
    found = counted(site)

    assert (sum(found.settled.values()), sum(found.blind.values())) == (films, blind)
    assert [not step.missing for step in found.steps] == [number < may for number in range(2)]


def test_a_class_with_too_few_films_keeps_everything_back(site):
    reader = site.reader("ada")
    for number in range(600):
        label = CLASSES[2] if number < 9 else CLASSES[number % 2]
        site.opinion(site.film(blind=True, state="settled", label=label), reader, label, blind=True)
    site.keep()

    assert all("6 of 15 films that teach no pathology" in map(str, step.missing) for step in counted(site).steps)


def test_a_hospital_where_one_class_never_occurs_can_teach_the_others(site):
    reader = site.reader("ada")
    for number in range(300):
        label = CLASSES[1 + number % 2]
        site.opinion(site.film(blind=True, state="settled", label=label), reader, label, blind=True)
    site.keep()

    assert [step.missing for step in counted(site).steps] == [[], []]


def test_only_films_that_were_drawn_and_read_blind_by_somebody_who_stands_by_it_can_judge(site):
    reader, label = site.reader("ada"), "no_pathology"
    good, chosen, informed, undone = (site.film(blind=at != 1, state="settled", label=label) for at in range(4))
    for film, blind in ((good, True), (chosen, True), (informed, False), (undone, True)):
        site.opinion(film, reader, label, blind=blind)
    site.opinion(undone, reader, label, blind=True, withdrawn=True, undoes=len(site.opinions))
    site.film(blind=True, state="read", label=label)
    site.film(blind=True, state="settled", label="not_a_chest_film")
    site.keep()

    found = counted(site)

    assert (found.settled[label], found.blind[label]) == (4, 1)
    assert set(found.settled) == set(CLASSES)


def test_page_counts_the_films_of_its_room(tmp_path):
    with on_sqlite(tmp_path) as room:
        settle(Site(room.sessions), 75, 25)
        text = room.entered("eva", "chief").get("/lessons").text

    assert 'Calibration and operating points: <span class="tag">may be taught' in text
    assert "50 of 200 films that teach; 25 of 100 films, read blind, that judge" in text


def measure(site, films, drawn):
    """Hands that a reader measured before the answer was shown; the first ones were drawn by chance."""
    reader = site.reader("kim")
    for number in range(films):
        row = hand(site, blind=number < drawn, state="read")
        site.opinion(row, reader, None, blind=True, value=118.0)
    site.keep()


@pytest.mark.parametrize(
    ("films", "drawn", "lacks"),
    [
        (0, 0, ["0 of 50 films that teach", "0 of 30 films, read blind, that judge"]),
        (79, 30, ["49 of 50 films that teach"]),
        (80, 29, ["29 of 30 films, read blind, that judge"]),
        (80, 30, []),
        (90, 90, []),
    ],
)
def test_numbers_may_be_taught_by_fifty_films_where_thirty_others_judge(site, films, drawn, lacks):
    hand(site)
    measure(site, films, drawn)
    with site.session() as session:
        (found,) = allowed.measured(session)
    assert (found.problem, found.films, found.drawn) == ("bone-age", films, drawn)
    assert list(map(str, found.missing)) == lacks


def test_a_number_that_was_said_with_the_answer_shown_or_taken_back_counts_nothing(site):
    reader = site.reader("kim")
    shown, undone = hand(site, blind=True), hand(site, blind=True)
    site.opinion(shown, reader, None, blind=False, value=118.0)
    site.opinion(undone, reader, None, blind=True, value=118.0)
    site.opinion(undone, reader, None, blind=True, value=118.0, withdrawn=True, undoes=len(site.opinions))
    site.keep()
    with site.session() as session:
        assert [(each.films, each.drawn) for each in allowed.measured(session)] == [(0, 0)]
