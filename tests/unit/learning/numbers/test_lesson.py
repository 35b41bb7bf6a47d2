"""From readers' numbers to a candidate with a certificate."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from certificates.seal import pack
from certificates.signing import read as read_certificate
from handlers.bone_age import BoneAgeHandler
from imaging.reference import Bins, Reference
from learning import ledger
from learning.__main__ import main
from learning.errors import LearningError
from learning.numbers import look
from learning.numbers.candidate import corrected_bins, write_store
from learning.numbers.correction import Correction
from learning.numbers.lesson import Lesson, teach
from learning.numbers.rounds import certify
from learning.numbers.said import read
from learning.numbers.served import Served, read_served
from learning.progress import Teller
from tests.unit.learning.numbers.conftest import FILMS, HIGHER
from vocabulary.problems.bone_age import BONE_AGE


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lessons")


@pytest.fixture(scope="module")
def lesson(export: Path, served: Served, lessons: Path) -> Lesson:
    return teach(read(BONE_AGE, export), served, lessons, Teller())


def test_no_patient_both_teaches_and_judges_and_only_films_drawn_by_chance_judge(export: Path) -> None:
    numbers = read(BONE_AGE, export)
    judging = numbers.judging(set())
    assert not set(numbers.patients[judging]) & set(numbers.patients[~judging])
    assert 30 <= (judging & numbers.drawn).sum() <= 40
    again = numbers.judging({str(name) for name in numbers.patients[judging]})
    assert not (again & judging).any()


def test_numbers_that_were_said_with_the_answer_shown_neither_teach_nor_judge(export: Path, tmp_path: Path) -> None:
    shown = shutil.copytree(export, tmp_path / "shown")
    change(shown / "bone-age-opinions.csv", {"films/1.png": {"blind": "false"}})
    change(shown / "bone-age.csv", {"films/1.png": {"blind": "false"}})
    numbers = read(BONE_AGE, shown)
    assert (len(numbers.said), numbers.shown) == (FILMS - 1, 1)
    assert "films/1.png" not in set(numbers.rows["image"])


def test_of_a_film_that_was_read_both_ways_the_blind_number_counts(export: Path, tmp_path: Path) -> None:
    mixed = shutil.copytree(export, tmp_path / "mixed")
    change(mixed / "bone-age.csv", {"films/0.png": {"blind": "false", "bone_age_months": "1"}})
    change(mixed / "bone-age-opinions.csv", {"films/0.png": {"blind": "false", "value": "1"}}, reader="reader-1")
    (said,) = read(BONE_AGE, mixed).said[:1]
    (own,) = [row for row in rows(export / "bone-age-opinions.csv") if (row["image"], row["reader"]) == FIRST]
    assert said == float(own["value"])


def test_a_lesson_moves_the_answers_to_what_readers_say(lesson: Lesson) -> None:
    judges = lesson.judges
    moved = lesson.correction.of(judges.answered.value, lesson.range) - judges.answered.value
    assert 0.6 * HIGHER < moved.mean() < 1.1 * HIGHER
    assert lesson.recipe["judge"] == len(judges.said)


def test_the_same_numbers_and_parent_give_the_same_candidate(
    lesson: Lesson, export: Path, served: Served, tmp_path: Path
) -> None:
    again = teach(read(BONE_AGE, export), served, tmp_path, Teller())
    assert again.correction == lesson.correction
    assert np.array_equal(again.judges.answered.value, lesson.judges.answered.value)
    assert again.recipe == lesson.recipe


def test_a_lesson_s_folder_holds_no_picture_and_no_pseudonym(lesson: Lesson) -> None:
    assert {path.name for path in lesson.folder.iterdir()} <= {"lesson.json", "lesson.npz", "model_store"}
    assert "patient-" not in (lesson.folder / "lesson.json").read_text()


def test_the_stage_answers_as_the_lesson_says_and_looks_as_before(lesson: Lesson, served: Served, export: Path) -> None:
    shown = read(BONE_AGE, export).films().pixels[:3, None]
    taught = read_served(BONE_AGE, write_store(lesson, served))
    before, after = (stage(each.config, served).predict(shown) for each in (served, taught))
    for old, new in zip(before, after, strict=True):
        value = lesson.correction.of(np.array(old.estimates["F"].value), lesson.range)
        assert new.estimates["F"].value == pytest.approx(float(value), abs=0.05)
        assert new.in_distribution == old.in_distribution
        assert np.array_equal(new.heatmaps["F"], old.heatmaps["F"])
        wide = [each.estimates["M"].high - each.estimates["M"].low for each in (old, new)]
        assert wide[1] != wide[0]


def test_a_candidate_has_a_version_of_its_own_and_can_be_taught_again(
    lesson: Lesson, served: Served, export: Path, tmp_path: Path
) -> None:
    second = read_served(BONE_AGE, write_store(lesson, served))
    vars(second)["network"] = served.network  # of the same weights: it is loaded already
    assert second.config["version"] == f"{served.config['version']}-lesson.{lesson.number}"
    assert second.identity["weights"] == served.identity["weights"]
    answered = second.answers(read(BONE_AGE, export).films())
    taught = teach(read(BONE_AGE, export), second, tmp_path, Teller())
    assert abs(taught.correction.of(answered.value, second.numbers) - answered.value).max() < 0.3 * HIGHER
    text = (write_store(taught, second) / "bone-age" / "model-config.yaml").read_text()
    assert text.count("correction:") == 1
    assert yaml.safe_load(text)["stage"]["version"].endswith("-lesson.1")


def test_films_that_were_learned_from_are_no_drift_to_a_lesson_s_stage(
    lesson: Lesson, export: Path, served: Served, tmp_path: Path
) -> None:
    shutil.copytree(served.folder, (parent := replace(served, store=tmp_path)).folder)
    random = np.random.default_rng(0)
    before = [*random.normal(100, 40, 900).clip(0, 240).tolist(), *[0.0] * 50, *[240.0] * 50]
    about = {"stages": {"bone-age": {"version": "1.0.0", "weights_sha256": "f"}}}
    scores = {name: Bins.of(values) for name, values in (("months", before), ("nearness", [0.1, 0.2, 0.3]))}
    Reference(about, scores, {}).write(parent.folder / "reference.json")

    store = write_store(lesson, parent)
    found = Reference.read(store / "bone-age" / "reference.json")

    after = lesson.correction.of(np.array(before), lesson.range).tolist()
    assert psi(found.scores["months"], after) < 0.001
    assert psi(scores["months"], after) > 0.05
    assert found.scores["nearness"] == scores["nearness"]
    told = found.about["stages"]["bone-age"]
    assert told == {"version": f"{served.config['version']}-lesson.{lesson.number}", "weights_sha256": "f"}


def psi(bins: Bins, values: list[float]) -> float:
    return bins.psi(np.bincount([bins.bin(value) for value in values], minlength=len(bins.shares)).tolist())


@pytest.mark.parametrize(
    ("shift", "edges", "shares"),
    [
        (0.0, (20.0, 100.0, 230.0), (0.1, 0.2, 0.3, 0.4)),
        (-30.0, (0.0, 70.0, 200.0), (0.1, 0.2, 0.3, 0.4)),
        (-110.0, (0.0, 120.0), (0.3, 0.3, 0.4)),
        (20.0, (40.0, 120.0), (0.1, 0.2, 0.7)),
        (300.0, (), (1.0,)),
    ],
)
def test_bins_beyond_an_end_of_the_range_are_one(
    shift: float, edges: tuple[float, ...], shares: tuple[float, ...]
) -> None:
    bins = Bins((20.0, 100.0, 230.0), (0.1, 0.2, 0.3, 0.4), 1000)
    assert corrected_bins(bins, Correction(1.0, shift, 1.0), np.linspace(0, 240, 41)) == Bins(edges, shares, 1000)


def test_a_parent_without_a_reference_gives_none(lesson: Lesson, served: Served, tmp_path: Path) -> None:
    shutil.copytree(served.folder, (parent := replace(served, store=tmp_path)).folder)
    (parent.folder / "reference.json").unlink(missing_ok=True)
    (before := lesson.folder / "model_store" / "bone-age" / "reference.json").unlink(missing_ok=True)

    write_store(lesson, parent)

    assert not before.exists()


def test_too_few_numbers_teach_nothing_and_look_says_what_is_missing(
    export: Path, served: Served, tmp_path: Path
) -> None:
    few = shutil.copytree(export, tmp_path / "few")
    for name in ("bone-age.csv", "bone-age-opinions.csv"):
        kept = [row for row in rows(few / name) if int(row["image"][6:-4]) < 40]
        table(few / name, kept)
    with pytest.raises(LearningError, match=r"too few numbers.*of 50 films that teach"):
        teach(read(BONE_AGE, few), served, tmp_path / "lessons", Teller())
    assert not (tmp_path / "lessons").exists()
    assert "Nothing may be taught yet" in "\n".join(look.told(read(BONE_AGE, few), set()))


def test_look_tells_how_far_readers_are_from_the_answers(export: Path) -> None:
    told = "\n".join(look.told(read(BONE_AGE, export), set()))
    assert "films teach; " in told and "python -m learning teach --problem bone-age" in told
    assert "reader-0: 110 films, +1" in told


def test_what_has_no_numbers_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LearningError, match="no reader has measured"):
        read(BONE_AGE, tmp_path)
    (tmp_path / "bone-age.csv").write_text("image\n")
    with pytest.raises(LearningError, match="is no export"):
        read(BONE_AGE, tmp_path)


def test_look_and_teach_go_by_the_problem(
    export: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = shutil.copytree(export, tmp_path / "few")
    table(few / "bone-age.csv", rows(few / "bone-age.csv")[:40])
    words = ["--problem", "bone-age", "--labels", str(few), "--lessons", str(tmp_path / "lessons")]
    assert main(["look", *words]) == 0
    assert "Nothing may be taught yet" in capsys.readouterr().out
    assert main(["teach", *words, "--shipped", str(store), "--releases", str(tmp_path / "none.yaml")]) == 1
    assert "too few numbers to teach" in capsys.readouterr().err


def test_judge_makes_the_stage_s_archive_and_a_certificate_of_it_alone_and_explain_tells_of_it(
    lesson: Lesson, served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lessons, archives = tmp_path / "lessons", tmp_path / "archives"
    shutil.copytree(lesson.folder, lessons / "1")
    archives.mkdir()
    pack(archives / "bone-age.mar", {each.name: each.read_bytes() for each in served.folder.iterdir()})
    words = ["1", "--lessons", str(lessons)]
    own = ["--shipped", str(served.store), "--releases", str(tmp_path / "none.yaml"), "--archives", str(archives)]
    assert main(["judge", *words, *own]) == 0
    assert main(["explain", *words]) == 0
    told = capsys.readouterr().out
    assert "It may be promoted" in told
    assert "mean absolute error at this hospital, in months" in told
    certificate = read_certificate(lessons / "1" / "certificate.json", lessons / "signing.pub")
    assert certificate.problem == "bone-age"
    assert set(certificate.candidate.archives) == {"bone-age"}
    assert certificate.candidate.archives["bone-age"].version.endswith("-lesson.1")
    assert certificate.candidate.digests != certificate.parent.digests
    assert [entry["what"] for entry in ledger.read(lessons)] == ["judge"]


def test_who_taught_a_number_may_still_judge_lessons_of_the_chest(lesson: Lesson, lessons: Path) -> None:
    assert ledger.taught(lessons, "bone-age")
    assert ledger.taught(lessons) == set()


def test_a_lesson_of_another_parent_is_not_judged(lesson: Lesson, served: Served, tmp_path: Path) -> None:
    store = write_store(lesson, served)
    with pytest.raises(LearningError, match=r"taught from .* and .*-lesson\.1 answers now: teach again"):
        certify(lesson.folder, store, tmp_path)


FIRST = ("films/0.png", "reader-0")


def stage(config: dict[str, Any], served: Served) -> BoneAgeHandler:
    """With the network that is loaded already."""
    made = BoneAgeHandler()
    made.config, made.network = config, served.network
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, kept: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(kept[0]))
        writer.writeheader()
        writer.writerows(kept)


def change(path: Path, changes: dict[str, dict[str, str]], reader: str = "") -> None:
    whose = (changes if reader in ("", row.get("reader")) else {} for row in rows(path))
    table(path, [row | own.get(row["image"], {}) for row, own in zip(rows(path), whose, strict=True)])
