"""The three networks. Each takes uint8 pixels as displayed and standardises them itself."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from cxr.backbone import BODIES, CHANNELS, Trunk, pooled
from cxr.critic import SEEN, Critic, Opinion
from cxr.dense import Dense, DenseLite, DenseTrunk
from cxr.lungs import LUNG_CONVENTIONS

MAP_CELL = 8
"""Pixels of the classifier's square on each side of a cell of its maps."""

KNOWN = CHANNELS[-2] + 2 * CHANNELS[-1]
"""Numbers that the trunk's features are pooled to for the discriminator."""


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
    """A GAN's critic that never saw anything but chest films, ImageNet's trunk, and heads on the features of both.

    Args:
        normalise: wraps the critic's layers; see Critic.
    """

    def __init__(self, normalise: Callable[[nn.Module], nn.Module] = lambda layer: layer) -> None:
        super().__init__()
        self.standardise = Standardise()
        self.critic = Critic(normalise)
        self.trunk = Trunk()
        self.opinion = Opinion(SEEN, KNOWN)

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 (batch, 1, side, side), side a multiple of 32, to logits (batch, 10), as DISCRIMINATOR_OUTPUTS."""
        logits: Tensor = self.opinion(*self.judge(pixels), self.know(pixels))
        return logits

    def judge(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """The critic's logit (batch, 1) and features (batch, SEEN) of films, which it sees at half their side."""
        judged: tuple[Tensor, Tensor] = self.critic(self.standardise(avg_pool2d(pixels.float(), 2)))
        return judged

    def know(self, pixels: Tensor) -> Tensor:
        """The trunk's features (batch, KNOWN) of films."""
        *_, fine, coarse = self.trunk(self.standardise(pixels))
        return pooled(fine, coarse)


class Segmenter(nn.Module):
    """A residual U-Net: one probability map for each convention of what counts as lung."""

    def __init__(self) -> None:
        from monai.networks.nets import UNet  # here, as in cxr.backbone

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
        body: one of BODIES.

    Source:
        Class activation maps of a linear classifier: Zhou et al. 2016. Averaging after the linear layer instead of
        before it is the same sum.
    """

    def __init__(self, outputs: int, body: str = BODIES[0], width: int = 160) -> None:
        super().__init__()
        self.standardise = StandardiseShown()
        self.trunk = trunk(body)
        fine, coarse = self.trunk.last
        self.fine = nn.Conv2d(fine, width, 1, bias=False)
        self.coarse = nn.Conv2d(coarse, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.drop = nn.Dropout2d(0.2)
        self.maps = nn.Conv2d(width, outputs, 1)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """uint8 (batch, 1, side, side), 0 where nothing is shown, side a multiple of 32.

        Returns:
            Logits (batch, outputs) and maps (batch, outputs, side / 8, side / 8).
        """
        features, shown = self.features(pixels)
        maps = interpolate(self.maps(self.drop(features)), scale_factor=2.0, mode="bilinear", align_corners=False)
        maps = maps * self.counted(shown)
        return maps.mean(dim=(2, 3)), maps

    def features(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Of a film's places, (batch, width, side / 16, side / 16), and what is shown, (batch, 1, side, side)."""
        values, shown = self.standardise(pixels)
        *_, fine, coarse = self.trunk(values)
        both = self.fine(fine) + interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        return torch.relu(self.norm(both)), shown

    def counted(self, shown: Tensor) -> Tensor:
        """How much each cell of the maps counts, (batch, 1, side / 8, side / 8), with a mean of 1."""
        covered = avg_pool2d(shown, MAP_CELL)
        return covered / covered.mean(dim=(2, 3), keepdim=True).clamp(min=1e-3)

    def pooled(self, pixels: Tensor) -> Tensor:
        """Features of whole films, (batch, width): `maps` makes the logits of them, since what follows it is linear."""
        features, shown = self.features(pixels)
        fine = interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
        return (fine * self.counted(shown)).mean(dim=(2, 3))


def trunk(body: str) -> Trunk | Dense:
    """A classifier's body: one of BODIES, without trained weights."""
    match body:
        case "efficientnet-lite0":
            return Trunk(drop=0.1)
        case "densenet-lite0":
            return DenseLite(drop=0.1)
        case "densenet121":
            return DenseTrunk()
    raise ValueError(f"no such body: {body}")


def build(stage: str, outputs: int = 0, body: str = BODIES[0]) -> nn.Module:
    """A stage's network without trained weights.

    Args:
        stage: discriminator, segmenter or classifier.
        outputs: how many classes and findings the classifier has; unused by the other stages, as is
        body: one of BODIES.
    """
    match stage:
        case "discriminator":
            return Discriminator()
        case "segmenter":
            return Segmenter()
        case "classifier":
            return Classifier(outputs, body)
    raise ValueError(f"no such stage: {stage}")
