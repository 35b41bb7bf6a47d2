"""A hospital's export of drawn films, and a parent that has learned nothing yet."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from cxr.classifier import Classifier
from cxr.networks import Segmenter
from imaging.grey import LEVELS
from imaging.reference import SCORES, Bins, Reference
from learning.looking import Parent, read_parent
from training.config import write_config
from training.crops import read_crops
from training.export import source
from training.films import read_films
from training.findings import OUTPUTS
from training.memory import FILE, remember
from vocabulary.conditions import CLASSES
from vocabulary.stages import STAGES

FILMS = 96

SIDE = 64
"""Pixels of the classifier's square here, so that it takes no time."""

INDEX = (
    "image", "mask", "mask_convention", "dataset", "kind", "label_raw", "three_class", "view", "patient_id", "split",
    "licence", "sex", "age",
)  # fmt: skip
OPINIONS = ("image", "label", "reader", "blind", "sureness", "arbitration", "ai_label")


def drawn(random: np.random.Generator, label: int) -> np.ndarray:
    """Two lungs on noise; how grey they are tells the class."""
    film = random.integers(120, 200, (72, 80)).astype(np.uint8)
    for column in (24, 56):
        cv2.ellipse(film, (column, 36), (9, 22), 0, 0, 360, 30 + 40 * label, -1)
    return film


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `review export` writes: a film a patient, most read blind, readers wrong now and then."""
    folder, random = tmp_path_factory.mktemp("export"), np.random.default_rng(0)
    (folder / "films").mkdir()
    index, opinions = [], []
    for number in range(FILMS):
        label, image = number % 3, f"films/{number}.png"
        cv2.imwrite(str(folder / image), drawn(random, label))
        said = CLASSES[label if random.random() > 0.1 else (label + 1) % 3]
        index.append({
            "image": image, "dataset": f"review-{number % 2}", "kind": "cxr", "three_class": said.replace("_", " "),
            "view": "PA", "patient_id": f"patient-{number}", "split": "train", "sex": "FM"[number % 2], "age": "65",
        })  # fmt: skip
        opinions.append({
            "image": image, "label": said, "reader": f"reader-{number % 3}", "sureness": "sure", "arbitration": "false",
            "blind": str(number % 3 != 1 or number % 2 == 0).lower(), "ai_label": CLASSES[number % 2],
        })  # fmt: skip
    write(folder / "index.csv", INDEX, index)
    write(folder / "opinions.csv", OPINIONS, opinions)
    return folder


def write(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, export: Path) -> Path:
    """A model store whose networks are random, and whose memory is of the same drawn films."""
    folder = tmp_path_factory.mktemp("store")
    torch.manual_seed(0)
    for stage, network in (("segmenter", Segmenter()), ("classifier", Classifier(OUTPUTS))):
        (folder / stage).mkdir()
        tensors = {
            name: value.half() if value.is_floating_point() else value for name, value in network.state_dict().items()
        }
        save_file(tensors, folder / stage / "weights.safetensors", {"training": json.dumps({"licence": "any"})})
    calibration = {"temperature": 1.0, "operating_points": dict.fromkeys(CLASSES, 0.3), "findings": {}}
    config = write_config("classifier", calibration, "efficientnet-lite0")
    (folder / "classifier" / "model-config.yaml").write_text(config.replace("side: 224", f"side: {SIDE}"))
    films = read_films([export / "index.csv"], folder / "cache")
    crops = read_crops(films, folder / "segmenter" / "weights.safetensors", folder / "cache")
    weights = folder / "classifier" / "weights.safetensors"
    served = replace(source("classifier", weights, "efficientnet-lite0"), side=SIDE)
    remember(films, crops, served).write(folder / "classifier" / FILE)
    values = np.linspace(0, 1, 50).tolist()
    scores = {name: Bins.of(values) for name in (*SCORES, *CLASSES)}
    about = {"films": 50, "stages": {stage: {"version": "1.0.0"} for stage in STAGES}}
    Reference(about, scores, {name: Bins.of(values) for name in LEVELS}).write(folder / "reference.json")
    return folder


@pytest.fixture(scope="session")
def parent(store: Path) -> Parent:
    return read_parent(store)
