"""A network that reads a number off a film, as probabilities of many numbers; the same one for every such problem."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from cxr.backbone import CHANNELS, Trunk, pooled
from cxr.critic import Nearness, Scale
from cxr.networks import Standardise

AXES = 64
"""Along how many principal axes it is measured how near a film is to those that were learned from."""


class Gauge(nn.Module):
    """Each place of the film votes for numbers; the mean of the votes is the answer, so that heat maps cost nothing.

    What is known of the person shifts the features of every place before the vote. All of it that may be known is
    answered at once: nobody has to tell a stage anything but pixels.

    Args:
        bins: how many numbers.
        groups: how many things may be known of the person, that nothing is known among them.
        side: pixels to which films are enlarged, a multiple of 32.

    Source:
        Averaging votes: class activation maps, Zhou et al. 2016. Probabilities of many ages whose mean is the answer:
        deep expectation, Rothe et al. 2018.
    """

    def __init__(self, bins: int, groups: int, side: int, width: int = 160) -> None:
        super().__init__()
        self.side = side
        self.standardise = Standardise()
        self.trunk = Trunk()
        middle, fine, coarse = CHANNELS[-3:]
        self.middle = nn.Conv2d(middle, width, 2, stride=2, bias=False)
        self.fine = nn.Conv2d(fine, width, 1, bias=False)
        self.coarse = nn.Conv2d(coarse, width, 1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.neck = nn.Sequential(Block(width), Block(width))
        self.known = nn.Parameter(torch.zeros(groups, width))
        self.drop = nn.Dropout2d(0.1)
        self.votes = nn.Conv2d(width, bins, 1)
        self.gate = Gate(fine + 2 * coarse)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """uint8 (batch, 1, any side, the same) to votes, their maps, and logits of the film being one of its kind.

        Returns:
            Logits (batch, groups, bins), maps (batch, groups, bins, side / 16, side / 16), gate (batch, 2).
        """
        middle, fine, coarse = self.look(pixels)
        logits, maps = self.vote(middle, fine, coarse)
        return logits, maps, self.gate(pooled(fine, coarse))

    def look(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The trunk's features of an 8th, a 16th and a 32nd of the side."""
        size = (self.side, self.side)
        enlarged = interpolate(pixels.float(), size=size, mode="bilinear", align_corners=False)
        *_, middle, fine, coarse = self.trunk(self.standardise(enlarged))
        return middle, fine, coarse

    def vote(self, middle: Tensor, fine: Tensor, coarse: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and maps of each group."""
        deep = interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        places = self.neck(torch.relu(self.norm(self.middle(middle) + self.fine(fine) + deep)))
        shifted = torch.relu(places[:, None] + self.known[None, :, :, None, None])
        maps = self.votes(self.drop(shifted.flatten(0, 1))).unflatten(0, shifted.shape[:2])
        return maps.mean(dim=(3, 4)), maps


class Block(nn.Module):
    """A residual block: each place sees its neighbours."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.see = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, places: Tensor) -> Tensor:
        """Shape (batch, width, rows, columns) to the same."""
        return places + torch.relu(self.norm(self.see(places)))


class Gate(nn.Module):
    """How near a film's features are to those of known films, and a head that learned these against anything else."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.scale, self.near = Scale(inputs), Nearness(inputs, AXES, poses=1)
        self.head = nn.Linear(inputs, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Pooled features (batch, inputs) to nearness and the head's logit (batch, 2)."""
        scaled = self.scale(features)
        return torch.cat([self.near(scaled), self.head(scaled)], dim=1)
