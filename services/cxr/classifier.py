"""The classifier: maps of evidence on the features of a body."""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from cxr.backbone import BODIES, Trunk
from cxr.dense import Dense, DenseLite, DenseTrunk

MAP_CELL = 8
"""Pixels of the classifier's square on each side of a cell of its maps."""

WIDTH = 160
"""Channels of the features on which evidence is looked for."""


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


class Evidence(nn.Module):
    """Maps of evidence for each class or finding, whose means over the lungs are the logits: heat maps cost nothing.

    Evidence is looked for at a 16th of the crop's side and weighed by how much of each place lies in the region that is
    shown, so that nothing outside the lungs can count.

    Args:
        outputs: how many classes and findings.
        width: channels of the features.

    Source:
        Class activation maps of a linear classifier: Zhou et al. 2016. Averaging after the linear layer instead of
        before it is the same sum.
    """

    def __init__(self, outputs: int, width: int) -> None:
        super().__init__()
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
        raise NotImplementedError

    def bodies(self) -> list[nn.Module]:
        """What finds the features that evidence is looked for on."""
        raise NotImplementedError

    def counted(self, shown: Tensor) -> Tensor:
        """How much each cell of the maps counts, (batch, 1, side / 8, side / 8), with a mean of 1."""
        covered = avg_pool2d(shown, MAP_CELL)
        return covered / covered.mean(dim=(2, 3), keepdim=True).clamp(min=1e-3)

    def pooled(self, pixels: Tensor) -> Tensor:
        """Features of whole films, (batch, width): `maps` makes the logits of them, since what follows it is linear."""
        features, shown = self.features(pixels)
        fine = interpolate(features, scale_factor=2.0, mode="bilinear", align_corners=False)
        return (fine * self.counted(shown)).mean(dim=(2, 3))


class Classifier(Evidence):
    """Evidence on a body's features of a 16th and a 32nd of the crop's side.

    Args:
        outputs: how many classes and findings.
        body: one of BODIES.
    """

    def __init__(self, outputs: int, body: str = BODIES[0]) -> None:
        super().__init__(outputs, WIDTH)
        self.standardise = StandardiseShown()
        self.trunk = trunk(body)
        fine, coarse = self.trunk.last
        self.fine = nn.Conv2d(fine, WIDTH, 1, bias=False)
        self.coarse = nn.Conv2d(coarse, WIDTH, 1, bias=False)
        self.norm = nn.BatchNorm2d(WIDTH)

    def features(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """As of Evidence."""
        values, shown = self.standardise(pixels)
        *_, fine, coarse = self.trunk(values)
        both = self.fine(fine) + interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        return torch.relu(self.norm(both)), shown

    def bodies(self) -> list[nn.Module]:
        """As of Evidence."""
        return [self.trunk]


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
