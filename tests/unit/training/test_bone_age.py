"""The weights that are shipped for bone age: their figures are theirs, they are small, and refuse what is no hand."""

import csv
import hashlib
import json
import shutil
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import yaml

from cxr.number import framed
from handlers.bone_age import BoneAgeHandler
from local.places import ROOT
from vocabulary.problems.bone_age import BONE_AGE

STORE = ROOT / "model_store" / "bone-age"
HANDS = ROOT.parent / "shared" / "data" / "hands"
FILMS = 40

pytestmark = pytest.mark.skipif(
    not (STORE / "metrics.json").exists(), reason="there are no evaluated weights of bone-age in model_store"
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> BoneAgeHandler:
    folder = tmp_path_factory.mktemp("archive")
    shutil.copy(STORE / "weights.safetensors", folder)
    config = yaml.safe_load((STORE / "model-config.yaml").read_text())
    made = BoneAgeHandler()
    made.initialize(SimpleNamespace(system_properties={"model_dir": str(folder)}, model_yaml_config=config))
    return made


def shown(path) -> np.ndarray:
    return framed(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), BONE_AGE.side)


def test_the_figures_that_are_told_were_measured_of_the_weights_that_are_served():
    metrics, weights = json.loads((STORE / "metrics.json").read_text()), STORE / "weights.safetensors"
    figures = {(each["what"], each["data"]): each["value"] for each in metrics["figures"]}

    assert metrics["weights_sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert weights.stat().st_size < 20e6
    error = "mean absolute error (months)"
    assert figures[error, "all"] < figures[f"{error} of who always says the mean", "all"]


def test_the_configuration_is_that_of_the_declaration(stage):
    assert stage.description.side == BONE_AGE.side
    assert stage.config["groups"] == list(BONE_AGE.groups)
    assert stage.config["numbers"]["count"] == BONE_AGE.asks.bins
    assert stage.config["refusal"] == BONE_AGE.refusal


@pytest.mark.parametrize("name", ["cat.jpg", "normal.png", "pneumonia.jpg", "rotated.png"])
def test_a_cat_and_chest_films_are_refused(stage, name):
    (answer,) = stage.predict(shown(ROOT / "tests" / "data" / name)[None, None])

    assert (answer.refusal, answer.estimates) == ("not_a_hand_radiograph", {})


def test_the_sample_of_a_hand_is_taken_for_one(stage):
    (answer,) = stage.predict(shown(ROOT / "tests" / "data" / "hand.png")[None, None])

    assert answer.refusal == ""
    assert 100 < answer.estimates[""].value < 160  # the mean of hands of 100 to 140 months, on which errors are 12


def test_hands_that_were_never_learned_from_are_accepted_and_read_better_than_by_the_mean(stage):
    if not (HANDS / "index.csv").exists():
        pytest.skip("shared/data/hands is not here: its films may not be redistributed")
    with (HANDS / "index.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"][:FILMS]
    answers = stage.predict(np.stack([shown(HANDS / row["image"]) for row in rows])[:, None])

    read = [(row, answer) for row, answer in zip(rows, answers, strict=True) if not answer.refusal]
    assert len(read) >= 0.9 * FILMS
    truth = np.array([float(row["bone_age_months"]) for row, _ in read])
    months = np.array([answer.estimates[row["sex"]].value for row, answer in read])
    assert np.abs(months - truth).mean() < 0.7 * np.abs(truth.mean() - truth).mean()
