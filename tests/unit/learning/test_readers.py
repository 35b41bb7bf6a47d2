"""Readers: their errors, and how far they follow the models."""

import numpy as np
import pytest

from learning.readers import Said, influence, merge, propensity, targets


def readings(films: int, wrong: dict[str, float], seed: int = 0) -> tuple[np.ndarray, list[Said]]:
    random = np.random.default_rng(seed)
    truth = random.integers(3, size=films)
    said = []
    for film in range(films):
        for reader, share in wrong.items():
            label = int(truth[film])
            if random.random() < share:
                label = (label + int(random.integers(1, 3))) % 3
            said.append(Said(film, reader, label, blind=True))
    return truth, said


def test_who_is_wrong_more_often_is_found_and_counts_for_less() -> None:
    wrong = {"a": 0.05, "b": 0.10, "c": 0.50, "d": 0.50, "e": 0.50}
    truth, said = readings(300, wrong)
    merged = merge(said, 300)
    for reader, share in wrong.items():
        assert merged.errors[reader] == pytest.approx(share, abs=0.07)
    votes = np.zeros((300, 3))
    for each in said:
        votes[each.film, each.label] += 1
    assert (merged.films.argmax(axis=1) == truth).mean() > (votes.argmax(axis=1) == truth).mean()


def test_ten_readings_of_a_reader_leave_the_prior_nearly_as_it_is() -> None:
    said = [Said(film, "new", film % 3, blind=True) for film in range(10)]
    merged = merge(said, 10)
    assert 0.08 < merged.errors["new"] < 0.17  # the prior thinks 0.15 of everybody
    assert (merged.films.argmax(axis=1) == np.arange(10) % 3).all()


def test_a_film_on_which_readers_differ_teaches_a_doubt() -> None:
    _, said = readings(200, {"a": 0.1, "b": 0.1})
    said += [Said(200, "a", 0, blind=True), Said(200, "b", 1, blind=True)]
    likely = merge(said, 201).films[200]
    assert likely[0] == pytest.approx(0.5, abs=0.15)
    assert likely[2] < 0.1


def test_a_single_label_is_taught_as_it_was_said_and_several_are_merged() -> None:
    said = [Said(0, "a", 2, blind=True), Said(1, "a", 0, blind=True), Said(1, "b", 1, blind=True)]
    taught = targets(said, 3)
    assert taught[0].tolist() == [0, 0, 1]
    assert np.array_equal(taught[1:], merge(said, 3).films[1:])


def test_an_arbitration_decides() -> None:
    _, said = readings(200, {"a": 0.1, "b": 0.1})
    said += [Said(200, "a", 0, True), Said(200, "b", 1, True), Said(200, "chief", 1, True, arbitration=True)]
    assert merge(said, 201).films[200][1] > 0.9


def test_a_film_of_which_nobody_said_anything_is_any_class() -> None:
    assert merge([], 2).films.tolist() == [[1 / 3] * 3] * 2
    assert merge([], 2).errors == {}


def followers(follows: float, films: int) -> list[Said]:
    random = np.random.default_rng(1)
    said = []
    for film in range(2 * films):
        blind, answer, label = film % 2 == 0, int(random.integers(3)), int(random.integers(3))
        if not blind and label != answer and random.random() < follows:
            label = answer
        said.append(Said(film, "a", label, blind, answered=answer))
    return said


@pytest.mark.parametrize("follows", [0.0, 0.6, 0.9])
def test_influence_is_how_often_they_give_in(follows: float) -> None:
    found = influence(followers(follows, 2000))
    assert found.follows == pytest.approx(follows, abs=0.06)
    assert found.interval[0] <= follows <= found.interval[1] + 0.02
    assert (found.blind, found.shown) == (2000, 2000)


def test_without_blind_labels_nothing_is_known_of_influence() -> None:
    found = influence([Said(0, "a", 1, blind=False, answered=1)])
    assert (found.follows, found.interval) == (0.5, (0.0, 1.0))


def test_a_label_that_differs_from_what_was_shown_says_more() -> None:
    blind, agrees, differs = (
        Said(0, "a", 1, True, answered=1),
        Said(0, "a", 1, False, answered=1),
        Said(0, "a", 1, False, answered=0),
    )
    assert propensity(blind, 0.6) == 1.0
    assert propensity(agrees, 0.6) == pytest.approx(0.7)
    assert propensity(differs, 0.6) == pytest.approx(2.5)
    assert propensity(differs, 0.99) == 3.0
