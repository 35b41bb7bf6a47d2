"""What readers' numbers come to: a scale, a shift, and intervals that hold."""

import numpy as np
import pytest

from learning.numbers.correction import Correction, fitted, taught
from learning.numbers.served import Answered
from vocabulary.problems.bone_age import BONE_AGE

MONTHS = BONE_AGE.asks
RANGE = np.array([MONTHS.lowest, MONTHS.highest])


def read(films: int, shift: float, scale: float = 1.0, noise: float = 6.0, seed: int = 0):
    random = np.random.default_rng(seed)
    value = random.uniform(40, 200, films)  # what is answered is what is expected of such a film
    truth = value + random.normal(0, 12, films)
    said = scale * truth + shift + random.normal(0, noise, films)
    return (
        Answered(value, np.full(films, 20.0), np.ones(films, bool)),
        said,
        np.array([f"p{at}" for at in range(films)]),
    )


def test_readers_who_say_more_move_the_number_most_of_the_way_and_many_all_of_it() -> None:
    for films, least in ((50, 7.0), (1000, 11.0)):
        answered, said, patients = read(films, 12.0)
        found = taught(answered, said, patients, RANGE, MONTHS)
        assert least < (found.of(answered.value, RANGE) - answered.value).mean() < 13.0


def test_a_habit_that_grows_with_the_number_is_learned_as_a_scale() -> None:
    answered, said, _ = read(1000, 0.0, scale=1.1)
    scale, shift = fitted(answered.value, said, MONTHS, anchor=10.0)
    assert scale == pytest.approx(1.1, abs=0.03)
    assert shift == pytest.approx(0.0, abs=4.0)


def test_one_blunder_moves_nothing_much() -> None:
    answered, said, _ = read(100, 0.0)
    before, after = (fitted(answered.value, each, MONTHS, 10.0) for each in (said, np.append(said[:-1], 2400.0)))
    moved = (after[0] - before[0]) * answered.value + after[1] - before[1]
    assert np.abs(moved).max() < 2.0


def test_intervals_are_measured_on_films_that_their_correction_was_not_fitted_to() -> None:
    answered, said, patients = read(200, 10.0)
    found = taught(answered, said, patients, RANGE, MONTHS)
    others, theirs, _ = read(4000, 10.0, seed=1)
    half = found.scale * found.widening * others.half
    held = np.abs(theirs - found.of(others.value, RANGE)) <= half
    assert 0.86 < held.mean() < 0.95
    assert (np.abs(theirs - others.value) <= others.half).mean() < 0.8  # as it was served


def test_films_of_a_patient_are_in_one_part_so_that_none_measures_what_it_taught() -> None:
    answered, said, _ = read(60, 0.0)
    few = np.array([f"p{at % 4}" for at in range(60)])
    alone, shared = (taught(answered, said, each, RANGE, MONTHS) for each in (np.arange(60).astype(str), few))
    assert (alone.scale, alone.shift) == (shared.scale, shared.shift)
    assert alone.widening != shared.widening


def test_two_lessons_are_as_one_and_no_number_leaves_the_range() -> None:
    first, second = Correction(1.1, -4.0, 1.2), Correction(0.95, 3.0, 1.0)
    values = np.linspace(20, 180, 9)
    both = second.after(first.told)
    assert both["scale"] * values + both["shift"] == pytest.approx(second.of(first.of(values, RANGE), RANGE), abs=0.01)
    assert Correction(1.0, 30.0, 1.0).of(np.array([230.0]), RANGE) == 240.0
