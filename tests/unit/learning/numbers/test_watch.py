"""Watching a number's release: when it goes, and when it stays."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from certificates.certificate import Archive, Release
from certificates.pairs import Answer, Pair, name_of
from certificates.signatures import make_keys
from certificates.signing import write
from client.places import releases_file
from gateway.fleet.releases import Plan
from learning import watch as watching
from learning.numbers.correction import Correction
from learning.numbers.lesson import Judges, _write
from learning.numbers.served import Answered
from learning.numbers.stopping import rules, told
from learning.overrides import Reading
from learning.quantities import number_named
from learning.readings import of_numbers
from learning.stopping import of_candidate
from learning.watch import watch
from tests.unit.certificates.test_certificates import certificate
from training.numbers.course import asked
from vocabulary.problems.bone_age import BONE_AGE

MONTHS = asked(BONE_AGE)
QUANTITY = number_named(MONTHS)
OWN, BEFORE = "1.1.0-lesson.1", "1.1.0"
DAY = date(2026, 11, 30)


def said(release: str, value: float | None) -> Answer:
    known = {"value": value, "interval": (value - 20, value + 20)} if value is not None else {}
    return Answer(release=release, versions={}, outcome="assessed" if known else "refused", **known)


def pair(film: int, other: float | None, candidate: float | None, sex: str = "F") -> Pair:
    key = f"{film:032x}"
    answers = {"answered": said("stable", other), "compared": said("lesson1", candidate)}
    return Pair.model_validate({"day": DAY, "film": key, "patient": key, "problem": "bone-age", "sex": sex, **answers})


def moved(by: float, count: int, sex: str = "F", first: int = 0) -> list[Pair]:
    """Hands from 40 to 180 months, whose numbers change."""
    values = np.random.default_rng(first).uniform(40, 180, count)
    return [pair(first + n, round(float(value), 1), round(float(value) + by, 1), sex) for n, value in enumerate(values)]


def broken(pairs: list[Pair]) -> list[str]:
    return [rule.name for rule in rules(list(of_candidate(pairs, "lesson1")), MONTHS) if rule.broken]


def test_a_hospital_s_habit_of_a_year_is_no_reason_to_go() -> None:
    pairs = [*moved(12, 300), *moved(12, 300, "M", 1000)]
    assert broken(pairs) == []
    assert list(told(list(of_candidate(pairs, "lesson1")), MONTHS)) == [
        "600 films were read by both",
        "  numbers change by +12.0 months on average, by 12.0 at most",
    ]


def test_numbers_that_change_by_more_than_two_readers_differ_are_a_reason_to_go() -> None:
    """Two readers with a spread of 8 months agree within 1.96 * sqrt(2) * 8 = 22.2 months."""
    assert broken([*moved(0, 280), *moved(22.0, 20, first=1000)]) == []
    assert broken([*moved(0, 280), *moved(22.4, 20, first=1000)]) == ["numbers"]


def test_one_group_whose_numbers_move_beside_the_others_is_a_reason_to_go() -> None:
    """By 18 months: 12 from the mean of all, and more than a reader's spread of 8."""
    assert broken([*moved(18, 100), *moved(0, 200, "M", 1000)]) == ["numbers of women"]
    assert broken([*moved(8, 100), *moved(0, 200, "M", 1000)]) == []


def test_films_that_are_refused_by_it_alone_are_a_reason_to_go() -> None:
    pairs = [pair(n, 120.0, None if n < 20 else 120.0) for n in range(300)]
    assert broken(pairs) == ["films lost"]
    assert "  20 are refused by one of the two alone" in told(list(of_candidate(pairs, "lesson1")), MONTHS)
    assert broken(pairs[:49]) == []


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """With a lesson of which as much is there as watching needs, and its certificate."""
    (folder := tmp_path / "lessons" / "1").mkdir(parents=True)
    values = np.random.default_rng(1).uniform(40, 180, 90)
    answered = Answered(values, np.full(90, 20.0), np.ones(90, bool))
    judges = Judges(values + 12, answered, np.arange(90), {})
    correction = {"scale": 1.0, "shift": 12.0, "widening": 1.0}
    recipe = {"problem": "bone-age", "method": "correction", "correction": correction, "parent": {"version": BEFORE}}
    _write(folder, recipe, judges, np.arange(0, 241, 6.0))
    make_keys(folder.parent)
    before, after = (
        Release(archives={"bone-age": Archive(version=version, digest=digit * 64)})
        for version, digit in ((BEFORE, "a"), (OWN, "b"))
    )
    now = datetime.now(UTC)
    signed = certificate(parent=before, candidate=after, issued=now, expires=now + timedelta(days=90))
    write(signed, folder / "certificate.json", folder.parent / "signing.key")
    assert Correction.read(recipe).of(np.array([100.0]), np.array([0.0, 240.0])) == 112.0
    return folder.parent


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    file = releases_file(tmp_path, "bone-age")
    at = {name: {"bone-age": f"127.0.0.1:{port}"} for name, port in (("stable", 7100), ("lesson1", 7101))}
    plan = {"serve": "stable", "shadow": {"release": "lesson1"}, "releases": at}
    Plan.model_validate(plan).write(file)
    return file


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> list[Reading]:
    """What readers said: to be filled."""
    found: list[Reading] = []
    monkeypatch.setattr(watching, "read_readings", lambda problem: found if problem == "bone-age" else [])
    return found


def kept(folder: Path, pairs: list[Pair]) -> Path:
    folder.mkdir()
    (folder / name_of(DAY)).write_text("".join(each.model_dump_json() + "\n" for each in pairs))
    return folder


def test_films_as_before_leave_a_number_s_release_alone(
    lessons: Path, room: list[Reading], releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = kept(tmp_path / "pairs", moved(12, 300))
    assert watch(folder, lessons, 1, releases, ending=True) == 0
    assert "numbers change by +12.0 months" in capsys.readouterr().out
    assert Plan.read(releases).shadow is not None


def test_children_of_another_age_end_a_number_s_certificate_and_roll_nothing_back(
    lessons: Path, room: list[Reading], releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    young = [pair(n, value, value + 12) for n, value in enumerate(np.linspace(5, 45, 300).round(1).tolist())]
    assert watch(kept(tmp_path / "pairs", young), lessons, 1, releases, ending=True) == 3
    said = capsys.readouterr().out
    assert "numbers in months on the last 300 films" in said and "expired: drift" in said and "STOP" not in said
    assert Plan.read(releases).shadow is not None


def test_readers_outside_its_intervals_more_often_than_its_parent_s_end_a_number_s_release(
    lessons: Path, room: list[Reading], releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room += [Reading(BEFORE, True, n % 10 == 0, {QUANTITY: 100.0}) for n in range(200)]
    room += [Reading(OWN, True, n % 2 == 0, {QUANTITY: 112.0}) for n in range(100)]
    assert watch(kept(tmp_path / "pairs", []), lessons, 1, releases, ending=True) == 3
    assert "STOP readers, blind: 50 of 100 readings lie outside the interval (50%)" in capsys.readouterr().out
    assert Plan.read(releases).shadow is None


def test_readings_of_numbers_are_those_with_an_answer_and_before_any_arbitration(tmp_path: Path) -> None:
    rows = [
        "model,blind,within,ai_value,arbitration",
        "1.1.0,true,false,100.0,false",
        "1.1.0,false,true,120.5,false",
        "1.1.0,true,,,false",
        "1.1.0,true,true,90.0,true",
    ]
    (path := tmp_path / "bone-age-opinions.csv").write_text("\n".join(rows) + "\n")
    assert of_numbers(path, QUANTITY) == [
        Reading("1.1.0", True, True, {QUANTITY: 100.0}),
        Reading("1.1.0", False, False, {QUANTITY: 120.5}),
    ]
