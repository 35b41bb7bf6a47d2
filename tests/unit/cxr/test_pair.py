"""An EfficientNet and a DenseNet in one network say the mean of what they say apart."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cxr import runtime
from cxr.classifier import Classifier
from cxr.pair import PAIR, PAIRED, Pair, part, smaller
from training.export import source
from training.films import DataError
from training.findings import OUTPUTS
from training.paired import join


@pytest.fixture(scope="module")
def alone() -> list[Classifier]:
    torch.manual_seed(0)
    return [Classifier(OUTPUTS, body).eval() for body in PAIRED]


@pytest.fixture(scope="module")
def weights(alone: list[Classifier], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("alone")
    paths = [folder / f"{body}.safetensors" for body in PAIRED]
    for network, path, body in zip(alone, paths, PAIRED, strict=True):
        state = {name: value.contiguous() for name, value in network.state_dict().items()}
        save_file(state, path, {"training": f'{{"body": "{body}", "licence": "permissive"}}'})
    return paths


def shown(side: int = 224) -> torch.Tensor:
    """A disc of grey levels, of which nothing is shown outside."""
    rows, columns = np.mgrid[:side, :side] / side - 0.5
    values = 120 + 60 * np.sin(9 * rows) * np.cos(7 * columns)
    return torch.from_numpy(np.where(rows**2 + columns**2 < 0.2, values, 0).astype(np.uint8))[None, None]


@torch.inference_mode()
def test_a_pair_says_the_mean_of_both(alone: list[Classifier]) -> None:
    both, pixels = Pair.of(*alone).eval(), shown()
    logits, maps = both(pixels)
    efficientnet, _ = alone[0](pixels)
    densenet, _ = alone[1](smaller(pixels))

    assert torch.allclose(logits, (efficientnet + densenet) / 2, atol=0.01)
    assert maps.shape == (1, OUTPUTS, 28, 28) and torch.allclose(maps.mean(dim=(2, 3)), logits)
    layer = both.maps.weight[:, :, 0, 0], both.maps.bias
    assert torch.allclose(torch.nn.functional.linear(both.pooled(pixels), *layer), logits, atol=1e-4)


def test_a_smaller_crop_is_neither_darker_at_its_edge_nor_shows_more() -> None:
    pixels = (shown() > 0) * torch.tensor(90, dtype=torch.uint8)

    found = smaller(pixels)

    assert found.shape == (1, 1, 160, 160)
    assert set(found.round(decimals=3).unique().tolist()) == {0.0, 90.0}
    assert float((found > 0).float().mean()) == pytest.approx(float((pixels > 0).float().mean()), abs=0.005)


def test_a_pair_of_weights_is_served_as_the_networks_answer(weights: list[Path], alone: list[Classifier]) -> None:
    out = weights[0].parent / "pair"
    join((weights[0], weights[1]), out)

    served = runtime.on_cpu(source("classifier", out / "weights.safetensors", PAIR), 1)
    logits, _ = served(shown().numpy())

    with torch.inference_mode():
        wanted, _ = Pair.of(*alone).eval()(shown())
    assert np.allclose(logits, wanted.numpy(), atol=0.01)
    assert load_file(out / "weights.safetensors")["maps.weight"].dtype == torch.float16


@pytest.mark.parametrize("at", [0, 1])
def test_a_training_goes_on_from_one_of_a_pair(at: int, alone: list[Classifier]) -> None:
    made = part(Pair.of(*alone).state_dict(), PAIRED[at])

    again = Classifier(OUTPUTS, PAIRED[at]).eval()
    again.load_state_dict(made)

    bias = alone[at].maps.bias
    with torch.inference_mode():
        assert torch.allclose(again(shown(160))[0] - again.maps.bias, alone[at](shown(160))[0] - bias, atol=1e-3)


def test_two_of_one_body_are_no_pair(weights: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has the body efficientnet-lite0 where a pair has densenet-lite0"):
        join((weights[0], weights[0]), tmp_path)


def test_two_that_learned_other_findings_are_no_pair(weights: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    told = '{"body": "densenet-lite0", "findings": [{"name": "Scoliosis"}]}'
    save_file({"maps.bias": torch.zeros(4)}, other, {"training": told})

    with pytest.raises(DataError, match="learned different findings"):
        join((weights[0], other), tmp_path)
