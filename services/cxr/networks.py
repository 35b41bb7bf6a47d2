"""The three networks. Each takes uint8 pixels as displayed and standardises them itself."""

import itertools
from collections.abc import Callable

import torch
from monai.networks.nets import DenseNet121, UNet
from torch import Tensor, nn

from cxr.gate import DISCRIMINATOR_OUTPUTS
from cxr.lungs import LUNG_CONVENTIONS

FEATURES = 1024
"""Channels of a DenseNet-121's last feature map. Source: Huang et al. 2017, table 1: 512 + 16 * 32."""


class Standardise(nn.Module):
    """Pixels of any exposure to zero mean and unit variance, film by film."""

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 or float (batch, 1, side, side) to float of the same shape."""
        values = pixels.float()
        mean = values.mean(dim=(2, 3), keepdim=True)
        deviation = ((values - mean) ** 2).mean(dim=(2, 3), keepdim=True).sqrt()
        return (values - mean) / (deviation + 1.0)


class Discriminator(nn.Module):
    """A GAN's discriminator with further heads on the same features.

    Args:
        normalise: wraps the layers that judge real against generated. Training passes spectral_norm, which keeps them
            Lipschitz and so steadies a GAN on few images; its export folds it into the weights, so serving passes none.

    Source:
        Miyato et al. 2018. The other heads are plain: bounding their logits would only cost them their certainty. Group
        normalisation, because without it the features fade from layer to layer and the heads hardly learn (observed).
    """

    def __init__(self, normalise: Callable[[nn.Module], nn.Module] = lambda layer: layer, width: int = 48) -> None:
        super().__init__()
        widths = (1, width, 2 * width, 4 * width, 8 * width, 8 * width)
        blocks: list[nn.Module] = [Standardise()]
        for before, after in itertools.pairwise(widths):
            blocks += [normalise(nn.Conv2d(before, after, 4, stride=2, padding=1)), nn.GroupNorm(8, after)]
            blocks += [nn.LeakyReLU(0.2)]
        self.features = nn.Sequential(*blocks)
        self.real = normalise(nn.Linear(2 * widths[-1], 1))
        self.heads = nn.Linear(2 * widths[-1], len(DISCRIMINATOR_OUTPUTS) - 1)

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (batch, 1, side, side) to logits (batch, 8), named by DISCRIMINATOR_OUTPUTS."""
        features = self.features(pixels)
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return torch.cat([self.real(pooled), self.heads(pooled)], dim=1)


class Segmenter(nn.Module):
    """A residual U-Net: one probability map for each convention of what counts as lung."""

    def __init__(self) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.unet = UNet(
            2, 1, len(LUNG_CONVENTIONS), channels=(16, 32, 64, 128, 256), strides=(2, 2, 2, 2), num_res_units=2
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (batch, 1, side, side) to logits (batch, 2, side, side), channels named by LUNG_CONVENTIONS."""
        logits: Tensor = self.unet(self.standardise(pixels))
        return logits


class Classifier(nn.Module):
    """A DenseNet-121 whose logits are the means of its class activation maps, so that the heat map costs nothing.

    Source:
        Class activation maps of a global-average-pool and linear classifier: Zhou et al. 2016. Averaging after the
        linear layer instead of before it is the same sum.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.standardise = Standardise()
        dense = DenseNet121(spatial_dims=2, in_channels=1, out_channels=classes)
        self.features = dense.features
        self.maps = nn.Conv2d(FEATURES, classes, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (batch, 1, side, side) to logits (batch, classes) and maps (batch, classes, side / 32, side / 32)."""
        maps = self.maps(torch.relu(self.features(self.standardise(pixels))))
        return maps.mean(dim=(2, 3)), maps


def build(stage: str, classes: int = 0) -> nn.Module:
    """A stage's network without trained weights.

    Args:
        stage: discriminator, segmenter or classifier.
        classes: what the classifier tells apart; unused by the other stages.
    """
    match stage:
        case "discriminator":
            return Discriminator()
        case "segmenter":
            return Segmenter()
        case "classifier":
            return Classifier(classes)
    raise ValueError(f"no such stage: {stage}")
