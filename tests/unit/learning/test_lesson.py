"""From an export to a candidate that can be served."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from cxr.classifier import Classifier
from imaging.reference import Reference
from learning import ledger, look
from learning.candidate import write_store
from learning.certify import certify, verdict_of
from learning.errors import LearningError
from learning.head import as_served
from learning.labels import read
from learning.lesson import divide, teach_lesson
from learning.looking import Parent, read_parent
from learning.taught import Taught
from training.findings import OUTPUTS
from vocabulary.conditions import CLASSES


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lessons")


@pytest.fixture(scope="module")
def taught(export: Path, parent: Parent, lessons: Path) -> Taught:
    return teach_lesson(read(export), parent, segmenter_of(parent), lessons)


def test_no_patient_both_teaches_and_judges(export: Path) -> None:
    labels = read(export)
    judging = divide(labels, set())
    assert not set(labels.patients[judging]) & set(labels.patients[~judging])
    assert (labels.blind()[judging] >= 0).all()


def test_who_taught_once_never_judges(export: Path) -> None:
    labels = read(export)
    first = divide(labels, set())
    taught = {str(name) for name in labels.patients[first]}
    assert not (divide(labels, taught) & first).any()


def test_a_lesson_says_what_it_was_made_of(taught: Taught, lessons: Path, export: Path) -> None:
    assert taught.number == 1
    assert taught.method == "calibration"
    assert taught.recipe["labels"] == read(export).digest
    assert taught.recipe["judge"] == len(taught.judges.classes) >= 20
    assert [entry["what"] for entry in ledger.read(lessons)] == ["teach"]


def test_the_same_labels_and_parent_give_the_same_candidate(
    taught: Taught, export: Path, parent: Parent, tmp_path: Path
) -> None:
    again = teach_lesson(read(export), parent, segmenter_of(parent), tmp_path)
    assert np.array_equal(again.candidate.weight, taught.candidate.weight)
    assert np.array_equal(again.candidate.bias, taught.candidate.bias)
    assert np.array_equal(again.judges.features, taught.judges.features)


def test_a_lesson_s_folder_holds_no_picture_and_no_pseudonym(taught: Taught) -> None:
    names = {path.name for path in taught.folder.iterdir()}
    assert names <= {"lesson.json", "lesson.npz", "model_store"}
    assert "patient-" not in (taught.folder / "lesson.json").read_text()


def test_the_served_network_answers_as_the_lesson_says(taught: Taught, parent: Parent) -> None:
    store = write_store(taught, parent, [])
    network = Classifier(OUTPUTS).eval()
    tensors = load_file(store / "classifier" / "weights.safetensors")
    network.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    pixels = torch.randint(1, 256, (4, 1, 224, 224), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits, maps = network(pixels)
        features = network.pooled(pixels).numpy()
    told = as_served(taught.candidate).logits(features)
    assert np.allclose(logits[:, : len(CLASSES)].numpy(), told, atol=1e-3)
    assert np.allclose(maps.mean(dim=(2, 3)).numpy(), logits.numpy(), atol=1e-5)


def test_a_candidate_has_a_version_of_its_own_and_the_parent_s_findings(taught: Taught, parent: Parent) -> None:
    store = write_store(taught, parent, [])
    config = yaml.safe_load((store / "classifier" / "model-config.yaml").read_text())["stage"]
    assert config["version"] == f"{parent.config['version']}-lesson.1"
    assert {**config, "version": parent.config["version"]} == parent.config
    before, after = (load_file(each / "classifier" / "weights.safetensors") for each in (parent.store, store))
    assert torch.equal(before["maps.weight"][len(CLASSES) :], after["maps.weight"][len(CLASSES) :])
    assert read_parent(store).memory.body == parent.memory.body


def test_the_candidate_s_reference_is_of_its_own_probabilities(taught: Taught, parent: Parent) -> None:
    store = write_store(taught, parent, [])
    before, after = (Reference.read(each / "reference.json") for each in (parent.store, store))
    assert after.image == before.image
    assert after.scores["quality"] == before.scores["quality"]
    assert after.scores[CLASSES[0]].films == len(parent.memory.of("train"))


def test_the_judge_sees_what_will_be_served(taught: Taught, parent: Parent) -> None:
    verdict = verdict_of(taught, parent)
    assert verdict.decision in ("promote", "refuse")
    assert verdict.figures[0].films == len(taught.judges.classes)


def test_a_lesson_of_another_parent_is_not_judged(taught: Taught, parent: Parent, tmp_path: Path) -> None:
    store = write_store(taught, parent, [])
    with pytest.raises(LearningError, match=r"taught from .* and .*-lesson\.1 answers now: teach again"):
        certify(taught, read_parent(store), tmp_path)


def test_too_few_labels_teach_nothing_and_say_how_many_are_missing(
    export: Path, parent: Parent, tmp_path: Path
) -> None:
    few = shorter(export, tmp_path / "few", 30)
    with pytest.raises(LearningError, match=r"too few labels.*10 of 50 films that teach"):
        teach_lesson(read(few), parent, segmenter_of(parent), tmp_path / "lessons")
    assert not (tmp_path / "lessons").exists()


def test_look_says_what_is_there_and_what_may_be_taught(export: Path, tmp_path: Path) -> None:
    told = "\n".join(look.told(read(export), set()))
    assert "Calibration and operating points may be taught" in told
    assert "To teach a new last layer:" in told
    assert "reader-0" in told
    few = "\n".join(look.told(read(shorter(export, tmp_path / "few", 12)), set()))
    assert "Nothing may be taught yet" in few


def test_more_films_prove_a_smaller_gain() -> None:
    gains = [look.provable(films, 0.4) for films in (50, 100, 200)]
    assert gains[0] > gains[1] > gains[2]
    # Hanley and McNeil 1982, table 1: an area of 0.80 of 40 and 60 films has an error of 0.046.
    assert look.provable(100, 0.4, correlation=0.5) == pytest.approx((1.6449 + 0.8416) * 0.046, rel=0.05)


@pytest.mark.parametrize("missing", ["index.csv", "opinions.csv"])
def test_what_is_no_export_is_said_so(export: Path, tmp_path: Path, missing: str) -> None:
    broken = shorter(export, tmp_path / "broken", 3)
    (broken / missing).unlink()
    with pytest.raises(LearningError, match="is no export"):
        read(broken)


def test_a_memory_of_other_weights_is_refused(store: Path, tmp_path: Path) -> None:
    other = tmp_path / "store"
    shutil.copytree(store, other)
    from safetensors.torch import save_file

    weights = load_file(other / "classifier" / "weights.safetensors")
    weights["norm.weight"] = weights["norm.weight"] * 2
    save_file(weights, other / "classifier" / "weights.safetensors", {"training": json.dumps({})})
    with pytest.raises(LearningError, match="training memory makes it anew"):
        read_parent(other)


def segmenter_of(parent: Parent) -> Path:
    return parent.store / "segmenter" / "weights.safetensors"


def shorter(export: Path, folder: Path, films: int) -> Path:
    """The first films of an export."""
    folder.mkdir()
    for name in ("index.csv", "opinions.csv"):
        lines = (export / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(lines[: films + 1]))
    return folder
