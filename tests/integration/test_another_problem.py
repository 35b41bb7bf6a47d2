"""From a folder of images with a CSV file to a served number: docs/another-problem.md, step by step, in a copy."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from local.places import ROOT

SERVE = Path(__file__).with_name("another_problem.py")
SIDE = 48
SPLITS = ("train", "train", "val", "test")
TRAINING = """
import json, sys
from training.__main__ import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["training", *words]
    main()
"""
"""Steps of training in one process: each would spend most of its time on loading libraries."""

NEW = ["new-problem", "disc-size", "--title", "Size of a disc", "--unit", "pixels", "--ucum", "{pixels}"]
NEW += ["--lowest", "4", "--highest", "20", "--film", "drawn disc", "--body-part", "DISC"]
NEW += ["--truth", "size", "--side", str(SIDE), "--inner-side", "32"]


def disc(size: float, random: np.random.Generator) -> np.ndarray:
    film = random.integers(20, 60, (SIDE, SIDE)).astype(np.uint8)
    cv2.circle(film, (SIDE // 2, SIDE // 2), round(size), 200, -1)
    return film


def stripes(random: np.random.Generator) -> np.ndarray:
    film = random.integers(20, 60, (SIDE, SIDE)).astype(np.uint8)
    film[:, :: random.integers(3, 7)] = 220
    return film


def written(folder: Path, columns: tuple[str, ...], films: list[tuple[np.ndarray, dict[str, str]]]) -> Path:
    """A folder of images with its index.csv."""
    folder.mkdir()
    with (folder / "index.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        for number, (film, row) in enumerate(films):
            cv2.imwrite(str(folder / f"{number}.png"), film)
            table.writerow({"image": f"{number}.png", "split": SPLITS[number % len(SPLITS)]} | row)
    return folder / "index.csv"


def copied(folder: Path) -> Path:
    """The repository's code alone: no weights, and nothing that was built."""
    for name in ("services", "handlers", "deploy"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    (folder / "model_store").mkdir()
    shutil.copy(ROOT / "model_store" / "reference.json", folder / "model_store")
    return folder


def seen(folder: Path) -> set[str]:
    """What is in the places where a problem lies."""
    places = ("services/vocabulary", "handlers", "model_store")
    return {str(path) for place in places for path in (folder / place).rglob("*") if "__pycache__" not in path.parts}


def run(checkout: Path, *words: str) -> str:
    """A program of the copy."""
    path = os.pathsep.join(str(checkout / each) for each in ("services", "deploy"))
    env = {name: value for name, value in os.environ.items() if name not in ("CXR_HOME", "CXR_MODEL_STORE")}
    env["PYTHONPATH"] = path
    done = subprocess.run([sys.executable, *words], cwd=checkout, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What came of the steps: the files that the problem took, and the answers to three films."""
    folder, random = tmp_path_factory.mktemp("newcomer"), np.random.default_rng(0)
    here, checkout = seen(ROOT), copied(folder / "checkout")
    sizes = [4 + 16 * (number % 9) / 8 for number in range(72)]
    drawn = [(disc(size, random), {"size": f"{size:.1f}"}) for size in sizes]
    own = written(folder / "discs", ("image", "size", "split"), drawn)
    columns = ("image", "dataset", "kind", "three_class", "patient_id", "split")
    others = written(folder / "others", columns, [(stripes(random), {"kind": "stripes"}) for _ in range(48)])
    before = seen(checkout)
    run(checkout, "-m", "training", *NEW)
    took = seen(checkout) - before
    about, strangers = ["disc-size", "--data", str(own), "--threads", "1"], ["--others", str(others)]
    fitted = ["fit", *about, "--out", "build/training/disc-size"]
    steps = [fitted, ["export", *about, *strangers], ["evaluate", *about, *strangers]]
    told = run(checkout, "-c", TRAINING, json.dumps(steps))
    films = [folder / f"{name}.png" for name in ("small", "large", "stripes")]
    for path, film in zip(films, (disc(6, random), disc(18, random), stripes(random)), strict=True):
        cv2.imwrite(str(path), np.kron(film, np.ones((4, 4), np.uint8)))  # as large as a film has to be
    answers = json.loads(run(checkout, str(SERVE), "disc-size", str(folder / "run"), *map(str, films)).splitlines()[-1])
    return {"took": took, "told": told, "answers": answers, "here": (here, seen(ROOT)), "checkout": checkout}


def test_a_new_problem_takes_three_files_and_the_checkout_stays_as_it_was(served):
    names = {str(Path(path).relative_to(served["checkout"])) for path in served["took"] if Path(path).is_file()}

    assert names == {
        "services/vocabulary/problems/disc_size.py",
        "handlers/disc_size.py",
        "model_store/disc-size/card.md",
    }
    assert served["here"][0] == served["here"][1]


def test_its_figures_are_told_and_stand_in_its_card(served):
    assert "mean absolute error (pixels)" in served["told"]
    assert "mean absolute error (pixels)" in (served["checkout"] / "model_store/disc-size/card.md").read_text()


def test_the_gateway_answers_with_its_number_in_its_unit_and_a_record(served):
    small, large, _ = served["answers"]

    for each in (small, large):
        low, high = each["value"]["interval"]
        assert (each["asked"], each["outcome"]) == ("disc-size", "assessed"), each
        assert 4 <= low <= each["value"]["pixels"] <= high <= 20
    assert small["value"]["pixels"] < large["value"]["pixels"]
    (found,) = [each for each in small["record"] if each["resourceType"] == "Observation"]
    assert found["code"]["coding"][0]["code"] == "disc-size"
    assert found["valueQuantity"]["code"] == "{pixels}"


def test_what_is_something_else_is_refused_with_its_reason(served):
    *_, stranger = served["answers"]

    assert (stranger["outcome"], stranger["value"]) == ("refused", None)
    assert stranger["refusal"]["reason"] == "not_a_drawn_disc"
