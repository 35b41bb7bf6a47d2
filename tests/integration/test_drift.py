"""The reference that ships, against films of the data set that it was made from, and changed ones."""

import hashlib
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from cxr.radiograph import Pixels
from imaging import grey
from imaging.reference import Reference
from local.places import ROOT
from tests.integration.conftest import SAMPLES, Gateway
from training.films import digest, frontal, joined
from training.numbers.films import read
from training.numbers.reference import quantities
from training.reference import Stages
from vocabulary.problems.bone_age import BONE_AGE

FILMS = 300
COLUMNS = ["root", "image"]

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def stages() -> Stages:
    return Stages(ROOT / "model_store")


def test_reference_is_made_by_the_very_cascade_that_serves(gateway: Gateway, stages: Stages) -> None:
    film = np.asarray(cv2.imread(str(SAMPLES / "normal.png"), cv2.IMREAD_GRAYSCALE), np.uint8)
    answer = gateway.assess(SAMPLES / "normal.png").json()

    scores = stages.scores(film)

    served = answer["classes"] | {
        name: answer["discriminator"][name] for name in ("in_distribution", "frontal", "nearness")
    }
    served |= {name: answer["lungs"][name] for name in ("quality", "area_fraction")}
    assert scores == pytest.approx(served, abs=0.005)


@pytest.fixture(scope="module")
def rows(full_data: Path) -> pd.DataFrame:
    """The frontal films of the test split, of all data that the reference is of."""
    more = Path(os.environ.get("CXR_MORE_DATA") or full_data.parent / "adults")
    indexes = [path for path in (full_data / "index.csv", more / "index.csv") if path.exists()]
    if digest(indexes) != Reference.read(ROOT / "model_store" / "reference.json").about["data_sha256"]:
        pytest.skip("the data that the reference was made from are not on this machine: set CXR_DATA and CXR_MORE_DATA")
    rows = joined(indexes)
    return rows[frontal(rows) & (rows["split"] == "test")]


def like(rows: pd.DataFrame, datasets: dict[str, int]) -> list[Pixels]:
    """Some films, of each hospital as many in proportion as the reference has: a mixture of others is a drift."""
    total, films = sum(datasets.values()), []
    for name, count in datasets.items():
        own = rows[rows["dataset"] == name]
        for root, image in own.sample(min(len(own), round(FILMS * count / total)), random_state=2)[COLUMNS].to_numpy():
            films.append(np.asarray(cv2.imread(str(Path(root) / image), cv2.IMREAD_GRAYSCALE), np.uint8))
    return films


def test_films_of_the_same_hospitals_do_not_drift_and_changed_ones_do(rows: pd.DataFrame, stages: Stages) -> None:
    reference = Reference.read(ROOT / "model_store" / "reference.json")
    films = like(rows, reference.about["datasets"])

    def index(changed: list[Any], scored: bool) -> dict[str, float]:
        found = [grey.levels(film) | (stages.scores(film) if scored else {}) for film in changed]
        known = reference.image | reference.scores
        values = {name: [each[name] for each in found if name in each] for name in known}
        return {name: _psi(known[name], seen) for name, seen in values.items() if len(seen) > FILMS / 2}

    same = index(films, scored=True)
    inverted = index([255 - film for film in films], scored=True)
    flat = index([64 + film // 2 for film in films], scored=False)

    assert len(same) == len(reference.image | reference.scores)
    assert max(same.values()) < 0.1
    assert min(inverted[name] for name in ("black", "white")) > 0.25
    assert all(inverted[name] > 2 * same[name] for name in ("in_distribution", "nearness")), inverted
    assert min(flat[name] for name in ("mean", "deviation", "black")) > 0.25


def test_hands_of_the_same_set_do_not_drift_and_others_do() -> None:
    index, folder = ROOT.parent / "shared" / "data" / "hands" / "index.csv", ROOT / "model_store" / BONE_AGE.name
    reference = Reference.read(folder / "reference.json")
    if not index.exists() or hashlib.sha256(index.read_bytes()).hexdigest() != reference.about["data_sha256"]:
        pytest.skip("the films that the reference was made from are not on this machine")
    films = read(BONE_AGE, index)
    hands = films.part(np.random.default_rng(2).permutation(films.split("test"))[:FILMS])
    scores, image = quantities(BONE_AGE, folder, hands)
    dim = [grey.levels(64 + film // 2) for film in hands.pixels]

    same = {name: _psi(bins, (scores | image)[name]) for name, bins in (reference.scores | reference.image).items()}

    assert max(same.values()) < 0.1, same
    assert _psi(reference.scores["months"], [months for months in scores["months"] if months < 110]) > 0.25
    for name in ("mean", "deviation", "black"):
        assert _psi(reference.image[name], [each[name] for each in dim]) > 0.25


def _psi(bins: Any, values: list[float]) -> float:
    counts = np.bincount([bins.bin(value) for value in values], minlength=len(bins.shares))
    index: float = bins.psi(counts.tolist())
    return index
