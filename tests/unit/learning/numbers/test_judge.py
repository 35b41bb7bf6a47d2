"""What a certificate of a number asks for."""

import numpy as np
import pytest

from learning.numbers.correction import Correction
from learning.numbers.judge import judge
from learning.numbers.lesson import Judges
from learning.numbers.served import Answered
from vocabulary.problems.bone_age import BONE_AGE

RANGE = np.linspace(0, 240, 41)
RIGHT = Correction(1.0, 12.0, 1.0)
"""What mends the hospital below."""


def films(count: int = 100, higher: float = 12.0, half: float = 25.0, seed: int = 0, **groups: np.ndarray) -> Judges:
    """Of a hospital whose readers say so many months more than the served stage."""
    random = np.random.default_rng(seed)
    value = random.uniform(40, 200, count)
    answered = Answered(value, np.full(count, half), np.ones(count, bool))
    return Judges(value + higher + random.normal(0, 12, count), answered, np.arange(count), groups)


def failed(judges: Judges, correction: Correction) -> list[str]:
    return [gate.name for gate in judge(judges, correction, RANGE, BONE_AGE.asks).gates if not gate.passed]


def test_what_is_nearer_to_readers_may_be_promoted_and_its_figures_are_told() -> None:
    verdict = judge(films(), RIGHT, RANGE, BONE_AGE.asks)
    assert verdict.decision == "promote"
    error, bias, held, width = verdict.figures
    assert error.candidate < error.parent and error.high < 0
    assert bias.parent == pytest.approx(-12, abs=4) and bias.candidate == pytest.approx(0, abs=4)
    assert held.candidate > held.parent
    assert width.candidate == pytest.approx(width.parent, abs=2.0)


def test_with_too_few_films_nothing_is_judged() -> None:
    verdict = judge(films(29), RIGHT, RANGE, BONE_AGE.asks)
    assert (verdict.decision, verdict.figures) == ("too_few", [])


def test_what_is_no_nearer_to_readers_may_not() -> None:
    assert "gain" in failed(films(higher=0.0), Correction(1.0, 3.0, 1.0))
    assert "gain" in failed(films(), Correction(1.0, 0.0, 1.0))


def test_intervals_that_surely_held_too_few_may_be_mended_alone_but_not_the_other_way() -> None:
    narrow = films(higher=0.0, half=8.0)
    assert failed(narrow, Correction(1.0, 0.0, 3.0)) == []
    assert failed(narrow, Correction(1.0, 0.0, 1.0)) == ["gain", "interval"]
    assert failed(films(), Correction(1.0, 12.0, 0.3)) == ["interval"]


def test_what_moves_a_number_by_more_than_readers_differ_may_not_though_it_is_nearer() -> None:
    assert failed(films(higher=40.0), Correction(1.0, 36.0, 1.0)) == ["near"]


def test_numbers_that_have_nothing_to_do_with_their_films_judge_nothing() -> None:
    judges = films(higher=0.0)
    np.random.default_rng(1).shuffle(judges.said)
    assert "readers" in failed(judges, Correction(0.5, 60.0, 3.0))
    assert "gain" not in failed(judges, Correction(0.5, 60.0, 3.0))


def test_nobody_pays_for_the_others_gain() -> None:
    girls = np.arange(200) < 50
    judges = films(200, **{"sex F": girls})
    judges.said[girls] -= 24.0  # their readers say less
    assert failed(judges, Correction(1.0, 8.0, 1.5)) == ["group: sex F"]


def test_bounds_are_by_patient_so_that_films_of_one_prove_less() -> None:
    many, one = films(60, seed=3), films(60, seed=3)
    one.patients[:] = np.arange(60) // 20
    wide = [judge(each, RIGHT, RANGE, BONE_AGE.asks).figures[0] for each in (many, one)]
    assert (wide[0].low, wide[0].high) != (wide[1].low, wide[1].high)
