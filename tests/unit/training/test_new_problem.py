"""training new-problem: what it writes is code that lints, imports and declares the problem; what cannot be is told."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from local.places import ROOT
from training import __main__
from vocabulary.problems.known import NUMBERS, PROBLEMS

WORDS = {
    "--title": "Angle of a knee",
    "--unit": "degrees",
    "--ucum": "deg",
    "--lowest": "0",
    "--highest": "60",
    "--film": "knee radiograph",
    "--body-part": "KNEE",
}


def new(monkeypatch, folder: Path, name: str = "knee-angle", **changes: str) -> None:
    """Run the command."""
    words = WORDS | {f"--{key}": value for key, value in changes.items()}
    given = [name, *(part for pair in words.items() for part in pair), "--checkout", str(folder)]
    monkeypatch.setattr("sys.argv", ["training", "new-problem", *given])
    __main__.main()


def test_what_is_written_declares_the_problem_and_names_its_handler(monkeypatch, tmp_path, capsys):
    new(monkeypatch, tmp_path)

    spec = importlib.util.spec_from_file_location("knee", tmp_path / "services/vocabulary/problems/knee_angle.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    problem = module.KNEE_ANGLE
    assert (problem.name, problem.asks.unit, problem.asks.ucum.value) == ("knee-angle", "degrees", "deg")
    assert (problem.refusal, problem.body_part) == ("not_a_knee_radiograph", "KNEE")
    assert problem.asks.bins == 41 and problem.asks.bands[-1] > 60
    assert "class KneeAngleHandler(MeasuringHandler):" in (tmp_path / "handlers/knee_angle.py").read_text()
    assert 'make up STAGES="knee-angle=1"' in capsys.readouterr().out


def test_what_is_written_is_as_the_repository_has_its_code(monkeypatch, tmp_path):
    new(monkeypatch, tmp_path)

    for words in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *words, "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
        done = subprocess.run(ruff, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("Knee", {}, "small letters"),
        ("../knee", {}, "small letters"),
        ("bone-age", {}, "there is such a problem already"),
        ("knee", {"highest": "0"}, "--highest has to be above --lowest"),
        ("knee", {"film": 'knee "film"'}, "without quotes"),
        ("knee", {"ucum": "a" * 17}, "16"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(monkeypatch, tmp_path, capsys, name, changes, said):
    with pytest.raises(SystemExit) as stopped:
        new(monkeypatch, tmp_path, name, **changes)

    assert stopped.value.code == 2 and said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_files_that_are_there_are_left(monkeypatch, tmp_path, capsys):
    new(monkeypatch, tmp_path)
    declared = tmp_path / "services/vocabulary/problems/knee_angle.py"
    declared.write_text("mine")

    with pytest.raises(SystemExit):
        new(monkeypatch, tmp_path)

    assert "already there" in capsys.readouterr().err and declared.read_text() == "mine"


def test_every_module_of_declarations_is_known_and_the_chest_is_the_first():
    modules = {path.stem for path in (ROOT / "services/vocabulary/problems").glob("*.py")}

    assert {name.replace("-", "_") for name in PROBLEMS} == modules - {"__init__", "known", "problem"}
    assert next(iter(PROBLEMS)) == "chest" and "bone-age" in NUMBERS
