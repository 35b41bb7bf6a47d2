"""A data index of 36 drawn films: enough for every pool that a course draws from."""

import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.unit.training import trees
from training.films import Films, read_films
from vocabulary.conditions import CLASSES
from vocabulary.films import COLUMNS

CONVENTIONS = {"kermany": "lungs with the region behind the heart", "shenzhen": "lung fields"}


def drawn(random: np.random.Generator, lungs: bool) -> tuple[np.ndarray, np.ndarray]:
    """An ellipse or two on noise, and where they are."""
    mask = np.zeros((72, 80), np.uint8)
    for column in (24, 56) if lungs else (40,):
        cv2.ellipse(mask, (column, 36), (9, 22), 0, 0, 360, 255, -1)
    film = random.integers(120, 200, mask.shape).astype(np.uint8) - mask // 3
    return film, mask


def films_of(kind: str, dataset: str, view: str, count: int) -> Iterator[dict[str, str]]:
    for number in range(count):
        name = f"{dataset}-{kind}-{view}-{number}"
        yield {
            "image": f"{name}.png",
            "mask": f"{name}-mask.png" if dataset in CONVENTIONS else "",
            "mask_convention": CONVENTIONS.get(dataset, ""),
            "dataset": dataset,
            "kind": kind,
            "label_raw": "Effusion" if number % 2 else "No Finding",
            "three_class": CLASSES[number % 3].replace("_", " ") if kind == "cxr" else "",
            "view": view,
            "patient_id": name,
            "licence": "CC BY-NC-SA" if view == "L" else "CC BY 4.0",
            "split": ("train", "val", "test")[number // 3 % 3],
        }


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index.csv of the drawn films."""
    folder, random = tmp_path_factory.mktemp("films"), np.random.default_rng(0)
    rows = [
        *films_of("cxr", "kermany", "AP", 9),
        *films_of("cxr", "shenzhen", "PA", 9),
        *films_of("cxr", "covid-chestxray", "L", 9),
        *films_of("photo", "ood", "", 9),
    ]
    for row in rows:
        film, mask = drawn(random, row["kind"] == "cxr")
        cv2.imwrite(str(folder / row["image"]), film)
        if row["mask"]:
            cv2.imwrite(str(folder / row["mask"]), mask)
    with (folder / "index.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return folder / "index.csv"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def films(index: Path, cache: Path) -> Films:
    return read_films([index], cache)


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a segmenter that has learned nothing."""
    from safetensors.torch import save_file

    from cxr.networks import Segmenter

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("segmenter") / "weights.safetensors"
    save_file({name: value.contiguous() for name, value in Segmenter().state_dict().items()}, path)
    return path


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Every data set, one film each more broken than it should be."""
    return {name: make(tmp_path / "sets" / name) for name, make in trees.TREES.items()}
