"""A certificate that stands no more: by its date, and because other films come than judged."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from certificates.certificate import Archive, Certificate, Release
from certificates.expired import EXPIRED, expire, expired
from certificates.pairs import Pair, name_of
from certificates.signatures import make_keys
from certificates.signing import write
from gateway.fleet.releases import Plan
from learning import watch as watching
from learning.drifting import MIN_FILMS, shifts
from learning.errors import LearningError
from learning.head import Head, as_served, probabilities
from learning.overrides import Reading
from learning.promote import certificate_of
from learning.stopping import drifted
from learning.taught import Judges, Taught, write_lesson
from learning.watch import watch
from tests.unit.certificates.test_certificates import certificate
from training.findings import TRAINED_FINDINGS, UNKNOWN
from vocabulary.conditions import CLASSES
from vocabulary.stages import STAGES

OWN, BEFORE = "1.0.0-lesson.1", "1.0.0"


def films(random: np.random.Generator, count: int, moved: float = 0.0) -> np.ndarray:
    """Probabilities; some as those of sicker patients."""
    scores = random.normal(0, 1, (count, len(CLASSES))) + moved * np.array([1, 0, -1])
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


def judged(probabilities: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(CLASSES, probabilities.T, strict=True))


def told(probabilities: np.ndarray) -> list[dict[str, float]]:
    return [dict(zip(CLASSES, map(float, row), strict=True)) for row in probabilities]


def test_films_like_those_that_judged_are_no_drift_whichever_few_those_were() -> None:
    random = np.random.default_rng(0)
    changed = [
        shift.changed for _ in range(60) for shift in shifts(judged(films(random, 60)), told(films(random, MIN_FILMS)))
    ]
    assert sum(changed) == 0


def test_other_films_are_a_drift_and_too_few_are_none() -> None:
    random = np.random.default_rng(1)
    assert any(shift.changed for shift in shifts(judged(films(random, 100)), told(films(random, 300, moved=1.5))))
    assert list(shifts(judged(films(random, 100)), told(films(random, MIN_FILMS - 1, moved=1.5)))) == []


def test_where_its_parent_moved_too_the_films_are_others_and_nobody_goes() -> None:
    random = np.random.default_rng(2)
    before = judged(films(random, 100))
    same, other = (list(shifts(before, told(films(random, 400, moved)))) for moved in (0.0, 2.0))
    assert any(rule.broken for rule in drifted(other, same))
    assert not any(rule.broken for rule in drifted(other, other))
    assert not any(rule.broken for rule in drifted(same, same))


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """With a lesson of which as much is there as watching needs: numbers that judged, layers, a temperature."""
    random, place = np.random.default_rng(3), tmp_path / "1"
    (place / "model_store" / "classifier").mkdir(parents=True)
    (place / "model_store" / "classifier" / "model-config.yaml").write_text("stage: {temperature: 1.0}\n")
    features = random.normal(0, 1, (90, 8)).astype(np.float32)
    judges = Judges(
        features, random.integers(0, 3, 90), np.arange(90), {}, np.full((90, len(TRAINED_FINDINGS)), UNKNOWN)
    )
    served = Head(random.normal(0, 0.5, (3, 8)), np.zeros(3))
    candidate = Head(served.weight + random.normal(0, 0.1, (3, 8)), np.zeros(3))
    recipe = {"lesson": 1, "method": "head", "parent": {"version": BEFORE, "weights": ""}}
    write_lesson(place, recipe, candidate, served, judges, {})
    make_keys(tmp_path)
    return tmp_path


@pytest.fixture
def room(lessons: Path, monkeypatch: pytest.MonkeyPatch) -> list[Reading]:
    """What readers said: to be filled."""
    certify(lessons)
    found: list[Reading] = []
    monkeypatch.setattr(watching, "read_readings", lambda _: found)
    return found


def certify(lessons: Path, days: int = 90) -> None:
    now = datetime.now(UTC)
    before, after = (
        Release(archives={stage: Archive(version=version, digest=digit * 64) for stage in STAGES})
        for version, digit in ((BEFORE, "0"), (OWN, "1"))
    )
    flips = {"no_pathology > other_pathology": 60}
    given: Certificate = certificate(
        parent=before, candidate=after, issued=now, expires=now + timedelta(days=days), flips=flips
    )
    write(given, lessons / "1" / "certificate.json", lessons / "signing.key")


def served(folder: Path, **used: object) -> Path:
    """A file of releases with the lesson's."""
    at = dict.fromkeys(STAGES, "127.0.0.1:7070")
    plan = {"serve": "stable", "releases": {"stable": at, "lesson1": at}}
    path = folder / "releases.yaml"
    Plan.model_validate(plan).write(path)
    Plan.model_validate(plan | used).write(path)
    return path


def pairs(folder: Path, own: np.ndarray, other: np.ndarray) -> Path:
    """As a gateway keeps them, the lesson as shadow."""
    folder.mkdir(exist_ok=True)
    today = date(2026, 11, 28)
    with (folder / name_of(today)).open("w") as file:
        for number, (mine, theirs) in enumerate(zip(told(own), told(other), strict=True)):
            answers = {
                role: {"release": name, "versions": {}, "outcome": "assessed", "classes": classes}
                for role, name, classes in (("answered", "stable", theirs), ("compared", "lesson1", mine))
            }
            key = f"{number:032x}"
            pair = Pair.model_validate({"day": today, "film": key, "patient": key, **answers})
            file.write(pair.model_dump_json() + "\n")
    return folder


def scores(lessons: Path) -> tuple[np.ndarray, np.ndarray]:
    """What the lesson and its parent say of the films that judged it, again and again."""
    taught = Taught.read(lessons / "1")
    assert taught.served
    found = (probabilities(as_served(head), taught.judges.features, 1.0) for head in (taught.candidate, taught.served))
    own, before = (np.resize(each, (300, len(CLASSES))) for each in found)
    return own, before


def test_other_films_end_the_certificate_ask_for_a_round_and_roll_nothing_back(
    lessons: Path, room: list[Reading], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, before = scores(lessons)
    certain = np.tile(np.eye(len(CLASSES))[before.mean(axis=0).argmin()] * 0.97 + 0.01, (300, 1))
    releases = served(tmp_path, shadow={"release": "lesson1"})

    assert watch(pairs(tmp_path / "pairs", certain, certain), lessons, 1, releases, ending=True) == 3

    said = capsys.readouterr().out
    assert "The certificate stands no more: expired: drift. Teach and judge anew: make learn" in said
    assert "STOP" not in said
    assert Plan.read(releases).shadow is not None
    with pytest.raises(LearningError, match="may not be promoted: expired: drift"):
        certificate_of(lessons / "1")


def test_films_as_before_leave_the_certificate_alone(lessons: Path, room: list[Reading], tmp_path: Path) -> None:
    own, before = scores(lessons)
    assert watch(pairs(tmp_path / "pairs", own, before), lessons, 1, served(tmp_path), ending=True) == 0
    assert expired(lessons / "1" / "certificate.json") == ""


def test_a_version_that_moves_alone_goes(
    lessons: Path, room: list[Reading], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its classes stay, so that no other rule sees it."""
    _, before = scores(lessons)
    sure = np.eye(len(CLASSES))[before.argmax(axis=1)] * 0.97 + 0.01
    releases = served(tmp_path, shadow={"release": "lesson1"})

    assert watch(pairs(tmp_path / "pairs", sure, before), lessons, 1, releases, ending=True) == 3

    assert "STOP drift: " in capsys.readouterr().out
    assert "lesson1" not in Plan.read(releases).used


def test_an_expired_certificate_is_told_and_a_release_that_serves_is_looked_at_by_what_was_read(
    lessons: Path, room: list[Reading], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certify(lessons, days=-1)
    room += [Reading(OWN, True, False, {})] * 20
    (tmp_path / "pairs").mkdir()

    assert watch(tmp_path / "pairs", lessons, 1, served(tmp_path, serve="lesson1"), ending=True) == 3

    said = capsys.readouterr().out
    assert "readers, blind: 0 of 20 readings say another class" in said
    assert "The certificate stands no more: it expired on" in said


def test_readers_who_override_it_far_more_often_than_its_parent_end_it_wherever_it_is_used(
    lessons: Path, room: list[Reading], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room += [Reading(BEFORE, True, n % 10 == 0, {}) for n in range(200)]
    room += [Reading(OWN, True, n % 2 == 1, {}) for n in range(100)]
    (tmp_path / "pairs").mkdir()
    releases = served(tmp_path, canary={"release": "lesson1", "share": 0.5})
    Plan.read(releases).model_copy(update={"serve": "lesson1", "canary": None}).write(releases)

    assert watch(tmp_path / "pairs", lessons, 1, releases, ending=True) == 3

    assert "STOP readers, blind: 50 of 100" in capsys.readouterr().out
    assert list(Plan.read(releases).used) == ["stable"]


def test_the_first_reason_why_a_certificate_ended_stays(tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    assert expired(path) == ""
    expire(path, "drift")
    expire(path, "another")
    assert expired(path) == "expired: drift"
    (tmp_path / EXPIRED).write_text("{")
    assert expired(path).startswith("expired: ")
