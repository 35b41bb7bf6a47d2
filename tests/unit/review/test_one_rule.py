"""Worklist, worth labelling, insight and export agree with each other about each film of random histories."""

from collections.abc import Iterable
from typing import Any

import pytest

from review.export.said import Choice, Labelled, labelled, said
from review.insight.readings import Asked, read
from review.reading import label
from review.reading.worklist import Wanted, Worklist
from review.reading.worth import queue
from review.tables import Film
from tests.unit.review import histories
from tests.unit.review.told import Told, numbers

NARROWED = [
    Choice(blind_only=True),
    Choice(min_sureness="probable"),
    Choice(reader="ada"),
    Choice(reader="ada", blind_only=True),
]


def listed(told: Told, reader: str, **wanted: Any) -> dict[str, tuple[bool, bool]]:
    """All pages of a worklist: film's id to whether its answer is hidden, and whether the reader has read it."""
    worklist, found, page = Worklist(reader, "reader", 3600.0), {}, 1
    while rows := worklist.page(told.session, Wanted(page=page, **wanted)):
        found |= {film.id: (hidden, mine) for film, hidden, mine, *_ in rows}
        page += 1
    assert len(found) == worklist.count(told.session, Wanted(**wanted)).listed
    return found


def exported(told: Told, choice: Choice) -> list[tuple[Film, Labelled | str]]:
    """What each film that somebody has said something of is exported as."""
    chosen = said(told.session, choice)
    return [(told.films[film_id], labelled(told.films[film_id], rows, choice)) for film_id, rows in chosen.items()]


def test_worklist_and_worth_labelling_hide_and_list_the_same_films(told: Told) -> None:
    for reader in told.readers:
        marks = {
            film.id: (histories.is_hidden(film, history), histories.standing(history) is not None)
            for film, who, history in told.pairs()
            if who == reader
        }
        assert listed(told, reader, status="all") == marks
        assert set(listed(told, reader, status="mine")) == {film_id for film_id, (_, mine) in marks.items() if mine}
        open_ = [film for film in told.films.values() if film.outcome == "assessed" and film.state != "settled"]
        worth = queue(told.session, reader, len(told.films))
        assert {each.film_id: each.hidden for each in worth} == {
            film.id: marks[film.id][0] for film in open_ if not marks[film.id][1]
        }


def test_worth_labelling_calls_disputed_what_waits_for_a_chief(told: Told) -> None:
    for reader in told.readers:
        for each in queue(told.session, reader, len(told.films)):
            disputed = told.films[each.film_id].state == "arbitration"
            assert each.hidden or ("readers disagree" in each.reasons) == disputed


def test_insight_and_export_rest_on_the_same_opinions(told: Told) -> None:
    stands, before = told.folded(histories.standing), told.folded(histories.blind_reading)
    readings = read(told.session, Asked())

    def counted(opinions: Iterable[Any]) -> list[int]:
        """Those with which the models' answer can be compared."""
        return numbers(each for each in opinions if each.label and told.films[each.film_id].outcome == "assessed")

    every, blind = (
        [row for rows in said(told.session, choice).values() for row in rows]
        for choice in (Choice(), Choice(blind_only=True))
    )
    assert numbers(every) == numbers(stands)
    assert readings.seen["number"].tolist() == counted(each for each in every if not each.blind)
    # A chart of what readers alone say has them all, but of films that were chosen; what was taken back teaches nobody.
    drawn = [each for each in before if told.films[each.film_id].blind]
    assert readings.blind["number"].tolist() == counted(drawn)
    assert numbers(blind) == numbers(told.stood_by(before))
    assert readings.taken_back == len(drawn) - len(told.stood_by(drawn))


def test_insight_knows_who_was_first_to_say_something_of_a_film(told: Told) -> None:
    began = sorted((history[0].number, film_id, reader) for (film_id, reader), history in told.histories.items())
    first = {film_id: reader for _, film_id, reader in reversed(began)}
    for rows in (found := read(told.session, Asked())).blind, found.seen:
        assert rows["first"].tolist() == (rows["reader"] == rows["film"].map(first)).tolist()


def test_a_film_is_exported_with_the_label_that_the_worklist_shows(told: Told) -> None:
    for film, found in exported(told, Choice()):
        if isinstance(found, Labelled):
            assert (found.label is None) == (film.state == "arbitration")
            assert film.label == (None if film.state == "second_read" else found.label)
            assert film.state != "settled" or found.weight == 1.0
        elif found == "no label":
            assert film.label is None and film.state != "arbitration"
        elif found.startswith("readers disagree"):
            assert film.state == "arbitration"


def test_a_settled_film_has_one_label_everywhere_whatever_is_chosen(told: Told) -> None:
    settled = read(told.session, Asked()).films.set_index("film")["settled"].dropna().to_dict()
    assert settled == {film.id: film.label for film in told.films.values() if film.state == "settled"}
    for choice in (Choice(), *NARROWED):
        strict = Choice(**vars(choice) | {"settled_only": True})
        for film, found in exported(told, strict):
            assert not isinstance(found, Labelled) or found.label == settled[film.id]


@pytest.mark.parametrize("choice", NARROWED, ids=str)
def test_a_choice_that_hears_fewer_readers_says_what_these_say_alone(told: Told, choice: Choice) -> None:
    chosen = said(told.session, choice)
    for film, found in exported(told, choice):
        if isinstance(found, Labelled):
            alone = label.decide(chosen[film.id])
            assert (found.opinion, found.label) == (alone.opinion, alone.label)
            assert found.opinion in chosen[film.id] if found.opinion else alone.how == "disputed"


def test_insight_and_export_take_the_newest_word_on_a_refusal(told: Told) -> None:
    verdicts = read(told.session, Asked()).films.set_index("film")["verdict"].dropna().to_dict()
    words = {film.id: [each.refusal for each in told.standing(film) if each.refusal] for film in told.films.values()}
    assert verdicts == {film_id: said[-1] for film_id, said in words.items() if said}
    turned = [(film, found) for film, found in exported(told, Choice()) if film.refusal == "rotated"]
    for film, found in turned:
        if isinstance(found, Labelled) and found.label != "not_a_chest_film":
            assert found.kind == {"right": "cxr-rotated", "wrong": "cxr"}[verdicts[film.id]]
