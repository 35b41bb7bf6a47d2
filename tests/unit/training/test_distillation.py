"""A pupil comes to say what its teachers say."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from cxr.classifier import Classifier
from training.distillation import Teachers, imitation
from training.findings import OUTPUTS


def written(path: Path, outputs: int, body: str, seed: int) -> Path:
    torch.manual_seed(seed)
    weights = {name: value.contiguous() for name, value in Classifier(outputs, body).state_dict().items()}
    save_file(weights, path, {"training": f'{{"body": "{body}"}}'})
    return path


def test_teachers_of_several_bodies_answer_with_their_mean(tmp_path: Path) -> None:
    paths = [
        written(tmp_path / "one.safetensors", OUTPUTS, "efficientnet-lite0", 1),
        written(tmp_path / "other.safetensors", OUTPUTS, "densenet121", 2),
    ]
    pixels = torch.randint(1, 256, (2, 1, 64, 64), dtype=torch.uint8)

    both, alone = Teachers(paths).logits(pixels), [Teachers([path]).logits(pixels) for path in paths]

    assert torch.allclose(both, (alone[0] + alone[1]) / 2, atol=1e-5)
    assert not both.requires_grad


def test_a_network_of_other_outputs_cannot_teach(tmp_path: Path) -> None:
    path = written(tmp_path / "old.safetensors", OUTPUTS - 1, "efficientnet-lite0", 1)

    with pytest.raises(ValueError, match=f"{OUTPUTS - 1} outputs"):
        Teachers([path])


def test_the_loss_is_least_where_the_pupil_says_what_the_teachers_say() -> None:
    torch.manual_seed(0)
    taught = torch.randn(5, OUTPUTS)

    same, near, far = (float(imitation(taught + shift * torch.randn(5, OUTPUTS), taught)) for shift in (0, 0.1, 2))

    assert same < near < far
