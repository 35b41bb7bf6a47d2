"""Going back: what answered before a lesson does, and no candidate that was stopped comes to do anything again."""

import json
from pathlib import Path

import numpy as np
import pytest

from gateway.fleet.releases import Plan
from learning import ledger
from learning.promote import stop, undo
from learning.taught import NUMBERS, RECIPE
from vocabulary.conditions import CLASSES
from vocabulary.stages import STAGES


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    """Two, which were taught from the shipped version."""
    for number in (1, 2):
        (folder := tmp_path / "lessons" / str(number)).mkdir(parents=True)
        recipe = {"lesson": number, "parent": {"version": "1.2.0", "weights": ""}, "groups": []}
        (folder / RECIPE).write_text(json.dumps(recipe))
        empty = {"features": np.zeros((0, 4)), "classes": np.zeros(0), "patients": np.zeros(0), "groups": np.zeros(0)}
        layer = {"weight": np.zeros((len(CLASSES), 4)), "bias": np.zeros(len(CLASSES))}
        np.savez(folder / NUMBERS, **empty, **layer)
    return tmp_path / "lessons"


def changed(path: Path, **choice: object) -> Path:
    """A gateway's file of releases, after somebody changed it."""
    where = {name: dict.fromkeys(STAGES, "127.0.0.1:7070") for name in ("stable", "lesson1", "lesson2")}
    Plan.model_validate({"releases": where} | choice).write(path)
    return path


def does(path: Path) -> dict[str, str]:
    return Plan.read(path).used


@pytest.mark.parametrize("role", ["canary", "shadow"])
def test_undo_ends_what_a_lesson_tries_and_leaves_what_serves(tmp_path: Path, lessons: Path, role: str) -> None:
    file = changed(tmp_path / "releases.yaml", serve="lesson1", **{role: {"release": "lesson2", "share": 0.5}})
    undo(lessons, file, "a test")
    assert does(file) == {"lesson1": "serve"}


def test_undo_after_a_canary_that_came_to_serve_leaves_no_canary(tmp_path: Path, lessons: Path) -> None:
    file = changed(tmp_path / "releases.yaml", serve="stable", canary={"release": "lesson1", "share": 0.5})
    changed(file, serve="lesson1")
    undo(lessons, file, "a test")
    assert does(file) == {"stable": "serve"}


def test_undo_after_another_lesson_was_stopped_does_not_bring_that_back(tmp_path: Path, lessons: Path) -> None:
    file = changed(tmp_path / "releases.yaml", serve="lesson1")
    changed(file, serve="lesson1", shadow={"release": "lesson2", "share": 1.0})
    stop(lessons, 2, file, "it harms")
    undo(lessons, file, "a test")
    assert does(file) == {"stable": "serve"}
    ground = (Plan.read(file).evidence or {})["stable"]
    assert ground.reason == "undo of lesson 1: a test"
    assert [(entry["what"], entry["lesson"]) for entry in ledger.read(lessons)] == [("undo", 2), ("undo", 1)]


def test_without_a_lesson_in_use_undo_takes_the_last_change_back(tmp_path: Path, lessons: Path) -> None:
    file = changed(tmp_path / "releases.yaml", serve="lesson1")
    changed(file, serve="stable")
    undo(lessons, file, "a test")
    assert does(file) == {"lesson1": "serve"}
