"""One rule, once: of random histories, the statements for the database say what the folds over a history say."""

from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Select, select, text

from review.reading import label, opinions, standing
from review.tables import STATES, Film, Opinion
from tests.unit.review import histories
from tests.unit.review.site import DATABASES
from tests.unit.review.told import Told, numbers

through_the_door = pytest.mark.parametrize("_made", [(kind, "play") for kind in DATABASES], indirect=True, ids="-".join)


def test_random_histories_have_all_that_the_rules_tell_apart(told: Told) -> None:
    """Else the tests below would prove little."""
    assert {film.state for film in told.films.values()} == set(STATES)
    assert {label.decide(told.standing(film)).how for film in told.films.values()} == set(label.HOW)
    gone = [history for history in told.histories.values() if histories.standing(history) is None]
    assert any(histories.blind_reading(history) for history in gone)
    assert any(one.undoes and two.undoes for history in told.histories.values() for one, two in pairwise(history))


def test_what_stands_is_what_was_not_undone(told: Told) -> None:
    assert told.numbers(standing.standing_opinions(Opinion.number)) == numbers(told.folded(histories.standing))


def test_the_row_that_stands_says_what_the_reader_last_said_and_did_not_undo(told: Told) -> None:
    for history in told.histories.values():
        if said := standing.stack(history):
            newest = [getattr(history[-1], name) for name in opinions.REPEATED]
            assert newest == [getattr(said[-1], name) for name in opinions.REPEATED]


def test_blind_readings_are_what_was_said_before_the_answer_was_seen_whatever_came_after(told: Told) -> None:
    expected, readings = told.folded(histories.blind_reading), standing.blind_readings(Opinion.number)

    assert told.numbers(readings) == numbers(expected)
    assert told.numbers(readings.where(standing.stood_by())) == numbers(told.stood_by(expected))


@through_the_door
def test_only_the_first_word_of_a_reader_on_a_hidden_answer_is_blind(told: Told) -> None:
    for film, _, history in told.pairs():
        said = [each.blind for each in history if each.undoes is None]
        assert said[:1] == [histories.is_hidden(film, [])][: len(said)] and not any(said[1:])


def test_one_film_and_one_reader_are_found_as_all_are(told: Told) -> None:
    for (film_id, reader), history in told.histories.items():
        this = Opinion.film_id == film_id, Opinion.reader_id == reader
        stands, blind = histories.standing(history), histories.blind_reading(history)
        assert told.numbers(standing.standing_opinions(Opinion.number).where(*this)) == numbers(filter(None, [stands]))
        assert told.numbers(standing.blind_readings(Opinion.number).where(*this)) == numbers(filter(None, [blind]))


def test_the_current_opinions_of_a_film_are_those_that_stand_the_newest_last(told: Told) -> None:
    for film in told.films.values():
        assert standing.current(told.session, film.id) == told.standing(film)


def test_an_answer_is_hidden_from_who_said_nothing_and_a_film_read_by_whose_word_stands(told: Told) -> None:
    marks = {
        (film_id, reader): (bool(hidden), bool(read_by))
        for reader in told.readers
        for film_id, hidden, read_by in told.session.execute(
            select(Film.id, standing.hidden(reader), standing.read_by(reader))
        )
    }
    for film, reader, history in told.pairs():
        hidden = histories.is_hidden(film, history)
        assert marks[film.id, reader] == (hidden, histories.standing(history) is not None)
        assert opinions.hidden(told.session, film, reader) == hidden


def test_a_film_has_the_state_and_label_that_its_standing_opinions_make(told: Told) -> None:
    for film in told.films.values():
        kept = film.state, film.label, film.read_at
        label.settle(film, told.standing(film), histories.has_second_reads(film))
        assert (film.state, film.label, film.read_at) == kept


@pytest.mark.parametrize(
    "statement", [standing.standing_opinions(Opinion.number), standing.blind_readings(Opinion.key)]
)
def test_one_film_is_found_by_the_index(told: Told, statement: Select[Any]) -> None:
    bind = told.session.get_bind()
    of_one = statement.where(Opinion.film_id == min(told.films))
    sql = of_one.compile(bind, compile_kwargs={"literal_binds": True})
    if bind.dialect.name == "postgresql":  # so few rows are read faster without
        told.session.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if bind.dialect.name == "sqlite" else "EXPLAIN"
    plan = [str(row[-1]) for row in told.session.execute(text(f"{explain} {sql}"))]

    assert "opinion_by_film" in " ".join(plan)
    assert not any(step.startswith("SCAN") or "Seq Scan" in step for step in plan)
