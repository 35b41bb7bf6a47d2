"""The first layers of a DenseNet stay as they are, and the others learn as if they were torch's."""

import pytest
import torch

from cxr.networks import Classifier
from training.films import DataError
from training.frozen import freeze


def test_frozen_layers_answer_as_before_and_only_the_others_learn() -> None:
    torch.manual_seed(0)
    network = Classifier(4, "densenet121").eval()
    values = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        before = network.trunk(values)
    early = {name: value.clone() for name, value in network.trunk.state_dict().items() if "block1" in name}

    freeze(network.trunk)
    after = network.trunk(values)
    network.train()
    network(torch.randint(1, 256, (2, 1, 64, 64), dtype=torch.uint8))[0].sum().backward()

    for old, new in zip(before, after, strict=True):
        assert torch.allclose(old, new, atol=1e-4)
    learning = {name for name, value in network.named_parameters() if value.grad is not None}
    assert not any("denseblock1" in name or "conv0" in name or "transition2" in name for name in learning)
    assert any("denseblock3" in name for name in learning) and "maps.weight" in learning
    assert all(torch.equal(network.trunk.state_dict()[name], value) for name, value in early.items())


def test_layers_are_frozen_with_the_weights_that_were_read_after_they_were_told_to_stay() -> None:
    torch.manual_seed(1)
    network, other = Classifier(4, "densenet121").eval(), Classifier(4, "densenet121").eval()
    values = torch.randn(1, 1, 64, 64)

    freeze(network.trunk)
    network.load_state_dict(other.state_dict())

    assert torch.allclose(network.trunk(values)[0], other.trunk(values)[0], atol=1e-4)


def test_only_a_densenet_has_first_layers_to_freeze() -> None:
    with pytest.raises(DataError, match="--body densenet121"):
        freeze(Classifier(4).trunk)
