from datetime import date, timedelta

import pytest

from review.insight.readings import PROBABILITIES, Asked, read
from tests.unit.review.site import START


@pytest.fixture
def readers(site):
    return site.reader("ada"), site.reader("bob")


def test_newest_opinion_of_a_reader_counts(site, readers):
    film = site.film()
    site.opinion(film, readers[0], "no_pathology")
    site.opinion(film, readers[0], "other_pathology")
    site.opinion(film, readers[1], "no_pathology")
    site.keep()

    with site.session() as session:
        seen = read(session, Asked()).seen

    assert dict(zip(seen["reader"], seen["label"], strict=True)) == {
        readers[0]: "other_pathology",
        readers[1]: "no_pathology",
    }
    assert seen.loc[0, PROBABILITIES].tolist() == [0.2, 0.3, 0.5]
    assert seen["predicted"].tolist() == ["no_pathology"] * 2 and seen["version"].tolist() == ["1.1.0"] * 2


def test_blind_label_stays_what_was_said_blind_when_the_reader_changes_it_after_the_answer(site, readers):
    film = site.film(blind=True)
    first = site.opinion(film, readers[0], "other_pathology", blind=True, seconds=40)
    second = site.opinion(film, readers[0], "no_pathology")
    # The undo repeats the blind opinion; it is the same reading, not another.
    site.opinion(film, readers[0], "other_pathology", blind=True, undoes=second["number"], seconds=40)
    site.opinion(film, readers[0], "other_pathology", blind=True, undoes=first["number"], withdrawn=True)
    site.keep()

    with site.session() as session:
        found = read(session, Asked())

    assert found.blind["label"].tolist() == ["other_pathology"] and found.blind["seconds"].tolist() == [40]
    assert found.seen.empty and found.taken_back == 1


def test_opinion_that_was_taken_back_counts_no_more(site, readers):
    film = site.film()
    first = site.opinion(film, readers[0], "no_pathology")
    site.opinion(film, readers[0], "no_pathology", withdrawn=True, undoes=first["number"])
    site.keep()

    with site.session() as session:
        assert read(session, Asked()).seen.empty


def test_days_are_whole_and_include_the_last(site, readers):
    for day in range(4):
        site.opinion(site.film(), readers[0], "no_pathology", START + timedelta(days=day, hours=14.9))
    site.keep()

    with site.session() as session:
        found = read(session, Asked(since=date(2026, 3, 3), until=date(2026, 3, 4)))

    assert found.seen["asked"].tolist() == [False, True, True, False]


def test_reader_filter_counts_one_and_keeps_the_others_to_compare_with(site, readers):
    film = site.film(blind=True)
    for reader in readers:
        site.opinion(film, reader, "no_pathology", blind=True)
    site.keep()

    with site.session() as session:
        found = read(session, Asked(reader=readers[1]))

    assert len(found.blind) == 2 and found.blind.loc[found.blind["asked"], "reader"].tolist() == [readers[1]]
    assert [len(rows) for rows in found.firsts] == [0, 0]


def test_answer_of_the_moment_is_what_an_opinion_is_compared_with(site, readers):
    old, new = site.film((0.7, 0.2, 0.1)), site.film((0.1, 0.2, 0.7))
    site.assessments[1]["film_id"] = old["id"]  # the film was assessed again
    site.films.remove(new)
    site.opinion(old, readers[0], "interstitial_pneumonia")
    site.opinion(old, readers[1], "no_pathology", assessment_id=new["assessment_id"])
    site.keep()

    with site.session() as session:
        seen = read(session, Asked()).seen

    assert seen["predicted"].tolist() == ["interstitial_pneumonia", "no_pathology"]


def test_site_without_films_has_empty_tables(site):
    with site.session() as session:
        found = read(session, Asked())

    assert found.blind.empty and found.seen.empty and found.films.empty and found.taken_back == 0


def test_newest_word_on_a_refusal_counts(site, readers):
    film = site.film(None, refusal="rotated")
    for number, verdict in enumerate(("right", "wrong")):
        site.opinion(film, readers[number], None, refusal=verdict)
    site.keep()

    with site.session() as session:
        assert read(session, Asked()).films["verdict"].tolist() == ["wrong"]
        assert read(session, Asked(reader=readers[0])).films["verdict"].tolist() == ["right"]
