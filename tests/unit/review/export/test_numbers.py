"""Exports of readers' numbers: what training reads, and how several readers' numbers become one."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

from review.export.folder import export
from review.export.precision import MIN_FILMS, merged, precisions_of
from review.export.rows import split
from review.export.said import Choice
from tests.unit.review.export.test_folder import draw, exported_to
from tests.unit.review.numbers import PROBLEM, hand
from training.numbers.films import read
from vocabulary.problems.known import NUMBERS


@pytest.fixture
def pictures(tmp_path):
    (folder := tmp_path / "review" / "pictures").mkdir(parents=True)
    return folder


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def given(value, reader="a", arbitration=False):
    return SimpleNamespace(value=value, reader_id=reader, arbitration=arbitration)


def test_training_reads_the_numbers_with_the_sex_and_the_split(site, pictures, tmp_path):
    ada, drawn = site.reader("ada"), {}
    for at in range(6):
        film = hand(site, patient_id=f"P{at}", sex=["F", "M", "O"][at % 3], rows=40 + at)
        drawn[60.0 + at] = draw(pictures, film)
        site.opinion(film, ada, None, value=60.0 + at, agrees=False)
    chest = site.film()
    draw(pictures, chest)
    site.opinion(chest, ada, "no_pathology")
    site.keep()

    summary, index = exported_to(site, pictures, tmp_path / "out")
    films = read(NUMBERS[PROBLEM], tmp_path / "out" / "bone-age.csv")

    assert len(index) == 1 and sum(summary.labels.values()) == 1 and summary.numbers == {PROBLEM: 6}
    assert sorted(films.truth) == sorted(drawn)
    assert films.pixels.shape == (6, 100, 100)
    rows = rows_of(tmp_path / "out" / "bone-age.csv")
    assert [row["split"] for row in rows] == [split(row["patient_id"]) for row in rows]
    sexes = {float(row["bone_age_months"]): row["sex"] for row in rows}
    assert sexes == {60.0 + at: ["F", "M", ""][at % 3] for at in range(6)}
    assert {row["merged"] for row in rows} == {"one reader"}
    opinions = rows_of(tmp_path / "out" / "bone-age-opinions.csv")
    assert {(row["ai_value"], row["ai_low"], row["ai_high"], row["unit"]) for row in opinions} == {
        ("120.0", "90.0", "150.0", "months")
    }
    assert "6 films with a number: bone-age" in str(summary) and "6 one reader" in str(summary)


def test_an_export_of_chests_alone_has_no_tables_of_numbers(site, pictures, tmp_path):
    ada, film = site.reader("ada"), site.film()
    draw(pictures, film)
    site.opinion(film, ada, "no_pathology")
    site.keep()

    exported_to(site, pictures, tmp_path / "out")

    assert not list((tmp_path / "out").glob("bone-age*"))


def test_films_that_readers_disagree_on_and_films_without_a_number_are_left_out(site, pictures, tmp_path):
    ada, bob = site.reader("ada"), site.reader("bob")
    apart, empty = hand(site), hand(site)
    for film in (apart, empty):
        draw(pictures, film)
    site.opinion(apart, ada, None, value=80.0)
    site.opinion(apart, bob, None, value=120.0)
    site.opinion(empty, ada, None, comment="motion")
    site.keep()

    with site.session() as session:
        summary = export(session, pictures, tmp_path / "out", Choice(pictures=False))

    assert summary.left_out == {"readers disagree on the number": 1, "no number": 1}


def test_readers_whose_precision_is_not_known_count_alike():
    assert merged([given(90.0), given(102.0, "b")], {"a": 4.0}).value == 96.0
    assert merged([given(90.0), given(102.0, "b")], {"a": 4.0}).how == "mean"


def test_readers_whose_precision_is_known_count_by_it_and_a_chiefs_last_word_alone():
    both = [given(90.0), given(102.0, "b")]

    found = merged(both, {"a": 0.03, "b": 0.01})

    assert (found.value, found.how, found.readers) == (pytest.approx(93.0), "by precision", 2)
    assert merged([*both, given(120.0, "c", arbitration=True)], {"a": 0.03, "b": 0.01}).how == "last word"


def test_a_readers_precision_is_told_by_films_that_two_readers_and_the_models_have_measured(site):
    """Ada's errors have a deviation of 4 months, Bob's of 12, the models' of 9."""
    ada, bob, cleo, random = site.reader("ada"), site.reader("bob"), site.reader("cleo"), np.random.default_rng(7)
    for _ in range(600):
        truth = random.uniform(40, 200)
        model = float(truth + random.normal(0, 9))
        film = hand(site, model, model - 20, model + 20, blind=True)
        site.opinion(film, ada, None, blind=True, value=float(truth + random.normal(0, 4)))
        site.opinion(film, bob, None, blind=True, value=float(truth + random.normal(0, 12)))
    for _ in range(MIN_FILMS - 1):
        film = hand(site, blind=True)
        site.opinion(film, cleo, None, blind=True, value=100.0)
        site.opinion(film, ada, None, blind=True, value=101.0)
    site.keep()

    with site.session() as session:
        found = precisions_of(session, PROBLEM)

    assert set(found) == {ada, bob}
    assert found[ada] ** -0.5 == pytest.approx(4, abs=1)
    assert found[bob] ** -0.5 == pytest.approx(12, abs=1)


def test_what_was_said_after_the_answer_was_shown_tells_no_precision(site):
    ada, bob = site.reader("ada"), site.reader("bob")
    for at in range(2 * MIN_FILMS):
        film = hand(site)
        for reader in (ada, bob):
            site.opinion(film, reader, None, value=100.0 + at)
    site.keep()

    with site.session() as session:
        assert precisions_of(session, PROBLEM) == {}
