"""What the classifier remembers: features that give its logits, and nobody's name."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.special import softmax

from cxr.classifier import Classifier
from training.chests import Chests
from training.crops import Crops, read_crops
from training.export import source
from training.films import Films
from training.findings import OUTPUTS
from training.memory import FILE, Memory, body_digest, remember
from training.statistics import area_under_curve
from vocabulary.conditions import CLASSES


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("classifier") / "weights.safetensors"
    save_file({name: value.contiguous() for name, value in Classifier(OUTPUTS).state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def crops(films: Films, segmenter: Path, cache: Path) -> Crops:
    return read_crops(films, segmenter, cache)


@pytest.fixture(scope="module")
def memory(films: Films, crops: Crops, weights: Path) -> Memory:
    return remember(films, crops, source("classifier", weights, ""))


def test_the_last_layer_of_the_features_is_what_the_network_says(
    films: Films, crops: Crops, weights: Path, memory: Memory
) -> None:
    tested = Chests(films, crops, "test")
    network = Classifier(OUTPUTS).eval()
    network.load_state_dict(load_file(weights))
    with torch.inference_mode():
        shown = torch.from_numpy(np.stack([tested[index].shown(224) for index in range(len(tested))])[:, None])
        logits, _ = network(shown)
        layer, bias = network.maps.weight[:, :, 0, 0].numpy(), network.maps.bias.numpy()
    kept = memory.of("test")
    told = memory.features[kept].astype(np.float32) @ layer.T + bias
    assert sorted(memory.classes[kept].tolist()) == sorted(tested.classes.tolist())
    assert np.allclose(np.sort(told, axis=0), np.sort(logits.numpy(), axis=0), atol=5e-3)


def test_it_holds_every_film_with_a_class_once(films: Films, crops: Crops, memory: Memory) -> None:
    for split in ("train", "val", "test"):
        assert len(memory.of(split)) == len(Chests(films, crops, split))
    assert memory.weight[memory.of("train")].sum() == pytest.approx(1.0, abs=1e-5)
    assert (memory.weight[memory.of("val", "test")] == 0).all()


def test_it_is_read_as_it_was_written_and_names_nobody(films: Films, memory: Memory, tmp_path: Path) -> None:
    path = tmp_path / "memory.npz"
    memory.write(path)
    again = Memory.read(path)
    assert np.array_equal(again.features, memory.features)
    assert again.body == memory.body
    data = path.read_bytes()
    assert not any(name.encode() in data for name in films.rows["patient_id"])
    assert [each.name for each in tmp_path.iterdir()] == ["memory.npz"]


def test_the_shipped_memory_is_of_the_shipped_classifier_and_gives_its_figure() -> None:
    folder = Path(__file__).parents[3] / "model_store" / "classifier"
    memory, layer = Memory.read(folder / FILE), load_file(folder / "weights.safetensors")
    assert memory.body == body_digest(folder / "weights.safetensors")
    tested, count = memory.of("test"), len(CLASSES)
    weight, bias = layer["maps.weight"][:count, :, 0, 0].float().numpy(), layer["maps.bias"][:count].float().numpy()
    found = area_under_curve(
        memory.classes[tested].astype(np.int64),
        softmax(memory.features[tested].astype(np.float32) @ weight.T + bias, axis=1),
    )
    figures = json.loads((folder / "metrics.json").read_text())["figures"]
    told = next(each for each in figures if (each["what"], each["data"]) == ("macro AUROC", "all"))
    assert told["n"] == len(tested)
    assert found == pytest.approx(told["value"], abs=2e-3)


def test_what_is_no_memory_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", features=np.zeros(3))
    with pytest.raises(ValueError, match="without classes"):
        Memory.read(tmp_path / "other.npz")


def test_a_new_last_layer_leaves_the_body_and_any_other_change_does_not(weights: Path, tmp_path: Path) -> None:
    tensors = load_file(weights)
    save_file(tensors | {"maps.bias": tensors["maps.bias"] + 1}, tmp_path / "head.safetensors")
    save_file(tensors | {"norm.bias": tensors["norm.bias"] + 1}, tmp_path / "body.safetensors")
    assert body_digest(tmp_path / "head.safetensors") == body_digest(weights)
    assert body_digest(tmp_path / "body.safetensors") != body_digest(weights)
