"""The three networks. Each takes uint8 pixels as displayed and standardises them itself."""

import itertools
from collections.abc import Callable

import torch
from monai.networks.nets import UNet
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from cxr.backbone import CHANNELS, Trunk
from cxr.gate import DISCRIMINATOR_OUTPUTS
from cxr.lungs import LUNG_CONVENTIONS


class Standardise(nn.Module):
    """Pixels of any exposure to zero mean and unit variance, film by film."""

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 or float (batch, 1, side, side) to float of the same shape."""
        values = pixels.float()
        mean = values.mean(dim=(2, 3), keepdim=True)
        deviation = ((values - mean) ** 2).mean(dim=(2, 3), keepdim=True).sqrt()
        return (values - mean) / (deviation + 1.0)


class StandardiseShown(nn.Module):
    """Standardise for a crop of which only a region is shown: pixels of 0 are no part of it, and stay 0."""

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 or float (batch, 1, side, side) to float values and 1 where shown, both of the same shape."""
        values = pixels.float()
        shown = (values > 0).float()
        count = shown.sum(dim=(2, 3), keepdim=True).clamp(min=1.0)
        mean = values.sum(dim=(2, 3), keepdim=True) / count
        centred = (values - mean) * shown
        deviation = ((centred**2).sum(dim=(2, 3), keepdim=True) / count).sqrt()
        return centred / (deviation + 1.0), shown


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
    """Maps of evidence for each class or finding, whose means over the lungs are the logits: heat maps cost nothing.

    Evidence is looked for at a 16th of the crop's side, on features of a 16th and a 32nd, and weighed by how much of
    each place lies in the region that is shown, so that nothing outside the lungs can count.

    Args:
        outputs: how many classes and findings.

    Source:
        Class activation maps of a linear classifier: Zhou et al. 2016. Averaging after the linear layer instead of
        before it is the same sum.
    """

    def __init__(self, outputs: int, width: int = 160) -> None:
        super().__init__()
        self.standardise = StandardiseShown()
        self.trunk = Trunk(drop=0.1)
        self.fine = nn.Conv2d(CHANNELS[-2], width, 1, bias=False)
        self.coarse = nn.Conv2d(CHANNELS[-1], width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.drop = nn.Dropout2d(0.2)
        self.maps = nn.Conv2d(width, outputs, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (batch, 1, side, side), 0 where nothing is shown, side a multiple of 32.

        Returns:
            Logits (batch, outputs) and maps (batch, outputs, side / 8, side / 8).
        """
        values, shown = self.standardise(pixels)
        *_, fine, coarse = self.trunk(values)
        features = self.fine(fine) + interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        maps = self.maps(self.drop(torch.relu(self.norm(features))))
        maps = interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)
        covered = avg_pool2d(shown, 8)
        maps = maps * covered / covered.mean(dim=(2, 3), keepdim=True).clamp(min=1e-3)
        return maps.mean(dim=(2, 3)), maps


def build(stage: str, outputs: int = 0) -> nn.Module:
    """A stage's network without trained weights.

    Args:
        stage: discriminator, segmenter or classifier.
        outputs: how many classes and findings the classifier has; unused by the other stages.
    """
    match stage:
        case "discriminator":
            return Discriminator()
        case "segmenter":
            return Segmenter()
        case "classifier":
            return Classifier(outputs)
    raise ValueError(f"no such stage: {stage}")
