"""A hospital's export of bone ages, read a year and a bit higher than the served stage says, which is a coarse one."""

import csv
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from cxr.number import framed
from learning.numbers.said import read
from learning.numbers.served import Answered, Served, read_served
from local.places import ROOT
from training.numbers.varied import varied
from vocabulary.problems.bone_age import BONE_AGE

SHIPPED = ROOT / "model_store" / "bone-age"
FILMS, PATIENTS = 110, 100
HIGHER = 14.0
"""Months, of this hospital's readers."""

INDEX = ("image", "bone_age_months", "sex", "split", "patient_id", "dataset", "readers", "blind", "drawn", "settled")
OPINIONS = ("image", "reader", "value", "blind", "arbitration", "ai_value")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Where the machine is busy, more wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped stage at a quarter of its side, so that it takes no time; and it refuses nothing."""
    if not (SHIPPED / "weights.safetensors").exists():
        pytest.skip("there are no weights of bone-age in model_store")
    folder = tmp_path_factory.mktemp("store")
    shutil.copytree(SHIPPED, folder / "bone-age")
    path = folder / "bone-age" / "model-config.yaml"
    text = path.read_text().replace("inner_side: 128", "inner_side: 32").replace('"threshold": 0.373', '"threshold": 0')
    path.write_text(text)
    return folder


@pytest.fixture(scope="session")
def served(store: Path) -> Served:
    return read_served(BONE_AGE, store)


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory, served: Served) -> Path:
    """What `review export` writes: a reader a film, but for some with two, and for some that were not read blind."""
    folder, random = tmp_path_factory.mktemp("export"), np.random.default_rng(0)
    (folder / "films").mkdir()
    hand = framed(cv2.imread(str(ROOT / "tests" / "data" / "hand.png"), cv2.IMREAD_GRAYSCALE), BONE_AGE.side)
    for number in range(FILMS):
        cv2.imwrite(str(folder / "films" / f"{number}.png"), varied(hand, random))
    write(folder, np.zeros(FILMS), random)  # to be asked what they look like
    write(folder, asked(served, folder).value, random)
    return folder


def asked(served: Served, folder: Path) -> Answered:
    """What the stage says of all films of an export."""
    return served.answers(read(BONE_AGE, folder).films())


def write(folder: Path, answers: np.ndarray, random: np.random.Generator, blind: bool = True) -> None:
    """Both tables; readers say what the stage says, and HIGHER, but for noise."""
    index, opinions = [], []
    for number, answer in enumerate(answers):
        image, twice = f"films/{number}.png", number % 10 == 0
        said = [float(answer + HIGHER + random.normal(0, 6)) for _ in range(1 + twice)]
        own = {"image": image, "ai_value": f"{answer:.1f}", "blind": str(blind).lower(), "arbitration": "false"}
        opinions += [own | {"reader": f"reader-{at}", "value": f"{value:.1f}"} for at, value in enumerate(said)]
        index.append({
            "image": image, "bone_age_months": f"{np.mean(said):.2f}", "sex": ("F", "M", "")[number % 3],
            "split": "train", "patient_id": f"patient-{number % PATIENTS}", "dataset": f"review-{number % 2}",
            "readers": str(len(said)), "blind": str(blind).lower(), "drawn": str(number % 4 != 3).lower(),
            "settled": "true",
        })  # fmt: skip
    for name, columns, rows in (("bone-age", INDEX, index), ("bone-age-opinions", OPINIONS, opinions)):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, columns, restval="")
            table.writeheader()
            table.writerows(rows)
