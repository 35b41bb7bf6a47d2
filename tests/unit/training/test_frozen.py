"""The first layers of a DenseNet stay as they are, and the others learn as if they were torch's."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cxr.classifier import Classifier
from training.films import DataError
from training.frozen import freeze, thaw
from training.precision import FAST_HALF
from training.pretrained import take_stem

CLOSE = 0.1 if FAST_HALF else 1e-4
"""How far frozen layers may be from torch's: values are near 1, and bfloat16 has eight bits of them at each layer."""


def test_frozen_layers_answer_as_before_and_only_the_others_learn() -> None:
    torch.manual_seed(0)
    network = Classifier(4, "densenet-lite0").eval()
    values = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        before = network.trunk(values)
    early = {name: value.clone() for name, value in network.trunk.state_dict().items() if "stem" in name}

    freeze(network.trunk)
    freeze(network.trunk)  # as at the beginning of each epoch
    after = network.trunk(values)
    network.train()
    network(torch.randint(1, 256, (2, 1, 64, 64), dtype=torch.uint8))[0].sum().backward()

    for old, new in zip(before, after, strict=True):
        assert torch.allclose(old, new, atol=CLOSE)
    learning = {name for name, value in network.named_parameters() if value.grad is not None}
    assert not any("stem" in name for name in learning)
    assert any("denseblock1" in name for name in learning) and "maps.weight" in learning
    assert early and all(torch.equal(network.trunk.state_dict()[name], value) for name, value in early.items())

    thaw(network.trunk)
    network(torch.randint(1, 256, (2, 1, 64, 64), dtype=torch.uint8))[0].sum().backward()

    assert all(value.grad is not None for value in network.parameters())


def test_layers_freeze_where_a_step_is_in_mixed_precision() -> None:
    torch.manual_seed(0)
    network = Classifier(4, "densenet-lite0").eval()
    values = torch.randn(2, 1, 64, 64)
    before = network.trunk.early(values)

    freeze(network.trunk)
    with torch.autocast("cpu", torch.bfloat16):  # as on a processor that multiplies in it
        after = network.trunk.early(values)

    assert torch.allclose(before, after, atol=CLOSE)


def test_layers_are_frozen_with_the_weights_that_were_read_after_they_were_told_to_stay() -> None:
    torch.manual_seed(1)
    network, other = Classifier(4, "densenet-lite0").eval(), Classifier(4, "densenet-lite0").eval()
    values = torch.randn(1, 1, 64, 64)

    freeze(network.trunk)
    network.load_state_dict(other.state_dict())

    assert torch.allclose(network.trunk(values)[0], other.trunk(values)[0], atol=CLOSE)


def test_only_a_densenet_has_first_layers_to_freeze() -> None:
    with pytest.raises(DataError, match="--body densenet-lite0"):
        freeze(Classifier(4).trunk)


def test_a_densenet_begins_with_the_first_stages_of_a_trained_efficientnet(tmp_path: Path) -> None:
    torch.manual_seed(0)
    trained, network = Classifier(4), Classifier(4, "densenet-lite0")
    save_file({name: value.contiguous() for name, value in trained.state_dict().items()}, tmp_path / "w.safetensors")
    values = torch.randn(1, 1, 64, 64)

    take_stem(network.trunk, tmp_path / "w.safetensors")

    assert torch.allclose(network.eval().trunk.early(values), trained.eval().trunk(values)[-2], atol=1e-5)


def test_weights_without_an_efficientnet_are_no_stem(tmp_path: Path) -> None:
    other = Classifier(4, "densenet121").state_dict()
    save_file({name: value.contiguous() for name, value in other.items()}, tmp_path / "w.safetensors")

    with pytest.raises(ValueError, match="no classifier with an EfficientNet"):
        take_stem(Classifier(4, "densenet-lite0").trunk, tmp_path / "w.safetensors")
