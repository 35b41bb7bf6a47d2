"""Watching a candidate: when it goes, and when it stays."""

from datetime import date
from pathlib import Path

import pytest

from certificates.certificate import Certificate
from certificates.pairs import Answer, Pair, name_of
from learning.errors import LearningError
from learning.stopping import of_candidate, rules, told
from learning.watch import _read
from tests.unit.certificates.test_certificates import certificate
from vocabulary.conditions import CLASSES

CERTIFICATE: Certificate = certificate(films=120, flips={"no_pathology > other_pathology": 12})


def said(release: str, label: str | None) -> Answer:
    classes = {name: 0.8 if name == label else 0.1 for name in CLASSES} if label else None
    return Answer(release=release, versions={}, outcome="assessed" if label else "refused", classes=classes)


def pair(film: int, other: str | None, candidate: str | None, sex: str = "F", swapped: bool = False) -> Pair:
    answers = said("stable", other), said("lesson1", candidate)
    answered, compared = answers[::-1] if swapped else answers
    number = f"{film:032x}"
    return Pair.model_validate(
        {
            "day": date(2026, 11, 28),
            "film": number,
            "patient": number,
            "answered": answered,
            "compared": compared,
            "sex": sex,
        }
    )


def broken(pairs: list[Pair]) -> list[str]:
    return [rule.name for rule in rules(list(of_candidate(pairs, "lesson1")), CERTIFICATE) if rule.broken]


def flipped(count: int, of: int, to: str = "other_pathology", sex: str = "F", first: int = 0) -> list[Pair]:
    return [pair(first + n, "no_pathology", to if n < count else "no_pathology", sex) for n in range(of)]


def test_a_candidate_that_differs_as_the_judge_saw_stays() -> None:
    assert broken(flipped(30, 300)) == []


def test_classes_that_change_far_more_often_are_a_reason_to_go() -> None:
    assert "flips" in broken(flipped(120, 300))


def test_films_that_are_lost_are_a_reason_to_go() -> None:
    pairs = [pair(n, "no_pathology", None if n < 20 else "no_pathology") for n in range(300)]
    assert "films lost" in broken(pairs)


def test_one_group_whose_share_of_normal_films_moves_is_a_reason_to_go() -> None:
    pairs = flipped(25, 60, sex="F") + flipped(0, 400, sex="M", first=1000)
    assert broken(pairs) == ["share of normal: women"]


def test_few_films_are_no_reason() -> None:
    assert broken(flipped(49, 49)) == []


def test_it_does_not_matter_which_release_answered() -> None:
    pairs = [pair(n, "no_pathology", "other_pathology", swapped=n % 2 == 0) for n in range(4)]
    assert all(both.candidate.release == "lesson1" for both in of_candidate(pairs, "lesson1"))
    assert list(told(list(of_candidate(pairs, "lesson1")))) == [
        "4 films were read by both",
        "  4 from no pathology to other pathology",
    ]


def test_a_film_that_was_compared_twice_counts_once() -> None:
    pairs = [pair(1, "no_pathology", "other_pathology"), pair(1, "no_pathology", "no_pathology")]
    found = list(of_candidate(pairs, "lesson1"))
    assert len(found) == 1
    assert list(told(found)) == ["1 films were read by both"]


def test_pairs_of_other_releases_are_left_alone() -> None:
    assert list(of_candidate(flipped(3, 10), "lesson2")) == []


def test_a_year_of_looks_at_a_good_candidate_stops_it_in_one_case_of_twenty_at_most() -> None:
    import numpy as np

    stopped = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        changes = random.random(900) < 0.10
        pairs = [pair(n, "no_pathology", "other_pathology" if c else "no_pathology") for n, c in enumerate(changes)]
        stopped += any(broken(pairs[:films]) for films in range(100, 901, 100))
    assert stopped <= 2


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="CXR_PAIRS"):
        _read(tmp_path / "none")
    (tmp_path / name_of(date(2026, 11, 28))).write_text(
        pair(1, "no_pathology", None).model_dump_json() + "\nhalf a line"
    )
    assert len(_read(tmp_path)) == 1
