"""The certificate's line for where maps point, and a lesson of an export with boxes."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from learning.comparing import Judged
from learning.errors import LearningError
from learning.explain import explained
from learning.head import Lesson, probabilities
from learning.judge import judge
from learning.labels import read
from learning.lesson import BOX_WEIGHT, candidate_of, teach_lesson
from learning.looking import Parent
from learning.marks import Mark
from learning.places import Places
from learning.pointing import MIN_FILMS, WHAT, Pointed, told
from learning.taught import Taught
from learning.warming import Asked
from vocabulary.conditions import CLASSES


def pointed(parent: int, candidate: int, films: int, output: int = 0) -> Pointed:
    """So many films, of which the maps of so many are hottest in a box."""
    numbers = np.arange(films)
    hits = [(numbers < count).astype(np.int64) for count in (parent, candidate)]
    return Pointed(np.full(films, output), numbers, *hits)


def test_the_certificate_tells_how_often_both_point_into_a_box_and_on_how_many_maps() -> None:
    ((figure, gate),) = told(pointed(20, 30, 40), rounds=200)

    assert figure is not None
    assert (figure.what, figure.data, figure.films) == (WHAT, "this hospital, classes' maps", 40)
    assert (figure.parent, figure.candidate) == (0.5, 0.75)
    assert gate.passed and "0.500, then 0.750" in gate.told


def test_too_few_boxes_say_that_they_are_too_few_and_refuse_nothing() -> None:
    ((figure, gate),) = told(pointed(8, 0, MIN_FILMS - 1))

    assert figure is None
    assert gate.passed and gate.told.startswith("readers drew boxes on 19 maps that judge; 20 are needed")
    assert list(told(Pointed())) == []


def test_a_candidate_that_surely_points_worse_is_refused_by_name() -> None:
    random = np.random.default_rng(0)
    classes = np.arange(120) % 3
    good = np.eye(3)[classes] * 0.6 + 0.1 + random.random((120, 3)) * 0.4
    site = Judged(classes, good, good, np.arange(120))

    verdict = judge(
        "calibration", site, {}, site, np.array(["a"] * 120), {}, 200, pointed=pointed(30, 10, 40, len(CLASSES))
    )

    assert verdict.decision == "refuse"
    assert [gate.name for gate in verdict.gates if not gate.passed] == ["pointing: findings' maps"]
    assert WHAT in [figure.what for figure in verdict.figures]


def test_only_maps_that_were_taught_on_films_that_judge_are_compared() -> None:
    down = np.mgrid[:4, :4][:1].astype(np.float32)
    share = np.zeros((8, 8))
    share[-2:] = 1  # the box is at the bottom
    marks = [
        Mark(film, output, np.ones(1), Places(down, np.ones((8, 8))), share)
        for film, output in ((1, 0), (2, 0), (1, 9), (3, 1))
    ]
    up, to_bottom = (np.array([-1.0]), 9.0), (np.array([1.0]), 0.0)

    found = Pointed.of(marks, {1: 0, 2: 5}, {0: (up, to_bottom), 1: (up, to_bottom)})

    assert found.patients.tolist() == [0, 5]
    assert (found.parent.tolist(), found.candidate.tolist()) == ([0, 0], [1, 1])


@pytest.fixture(scope="module")
def with_boxes(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export, with a box on the left lung of each film; those of films that were called normal are of nothing."""
    folder = tmp_path_factory.mktemp("boxes") / "export"
    shutil.copytree(export, folder)
    said = pd.read_csv(export / "opinions.csv", dtype=str)
    shape = {"kind": "box", "finding": None, "points": [[15, 14], [33, 58]]}
    shapes = {row["image"]: [shape | {"reader": row["reader"]}] for _, row in said.iterrows()}
    (folder / "shapes.json").write_text(json.dumps(shapes))
    return folder


def test_a_lesson_keeps_which_boxes_were_of_use_and_where_both_versions_point(
    with_boxes: Path, export: Path, parent: Parent, tmp_path: Path
) -> None:
    labels = read(with_boxes)
    blind = int((pd.read_csv(export / "opinions.csv", dtype=str)["blind"] == "true").sum())

    taught = teach_lesson(labels, parent, parent.store / "segmenter" / "weights.safetensors", tmp_path)

    boxes = taught.recipe["boxes"]
    assert labels.digest != read(export).digest
    assert (taught.method, boxes["weight"]) == ("calibration", 0.0)  # which boxes cannot move
    assert boxes["left_out"]["drawn after the answer was shown"] == 96 - blind
    assert boxes["films"] + len(taught.judges.pointed.output) == len(labels.boxes.drawn)
    again = Taught.read(taught.folder).judges.pointed
    assert np.array_equal(again.parent, taught.judges.pointed.parent)
    assert len(again.output) > 0 and set(again.output.tolist()) <= {0, 1}
    assert any(
        line.startswith(f"boxes: those on {boxes['films']} films taught nothing") for line in explained(taught.folder)
    )


def test_a_candidate_that_boxes_taught_says_of_every_film_what_it_said_without(parent: Parent) -> None:
    memory = parent.memory
    features = memory.features.astype(np.float64)
    lesson = Lesson.known(features, memory.classes, 3)
    ask = Asked(np.zeros(30, np.int64), np.tile(features[0] - features[1], (30, 1)), np.full(30, BOX_WEIGHT))

    (without, _), (found, _) = (candidate_of("head", parent, lesson, each) for each in (None, ask))

    assert not np.allclose(found.weight, without.weight, atol=1e-3)
    assert np.allclose(probabilities(found, features, 1.0), probabilities(without, features, 1.0), atol=1e-9)


def test_shapes_that_are_no_shapes_are_said_to_be_no_export(with_boxes: Path, tmp_path: Path) -> None:
    broken = tmp_path / "export"
    shutil.copytree(with_boxes, broken)
    (broken / "shapes.json").write_text('{"films/0.png": [{"kind": "box", "reader": "reader-0"}]}')

    with pytest.raises(LearningError, match="is no export"):
        read(broken)
