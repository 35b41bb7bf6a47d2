"""What the discriminator is made of besides its trunk: the GAN's critic, distances from known films, and the heads."""

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from cxr.gate import HEADS

WIDTHS = (32, 64, 128, 256)
"""Channels of the critic's features at a half, 4th, 8th and 16th of its side."""

SEEN = WIDTHS[-2] + 2 * WIDTHS[-1]
"""Numbers that the critic's features are pooled to."""

HIDDEN = 64
"""Hidden features of the learned heads."""

SEEN_AXES, KNOWN_AXES = 96, 160
"""Along how many axes nearness is measured: of the critic's features, and of the trunk's."""


class Critic(nn.Module):
    """The half of a GAN that tells real films from drawn ones.

    Args:
        normalise: wraps each layer with weights. Training passes spectral_norm, which keeps the critic Lipschitz and so
            steadies a GAN on few images; export folds it into the weights, so serving passes none.

    Source:
        Miyato et al. 2018. Group normalisation, because without it the features fade from layer to layer (observed).
    """

    def __init__(self, normalise: Callable[[nn.Module], nn.Module] = lambda layer: layer) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        for before, after in itertools.pairwise((1, *WIDTHS)):
            layer = normalise(nn.Conv2d(before, after, 4, stride=2, padding=1))
            self.blocks.append(nn.Sequential(layer, nn.GroupNorm(8, after), nn.LeakyReLU(0.2)))
        self.real = normalise(nn.Linear(SEEN, 1))

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Standardised films (batch, 1, side, side) to logits (batch, 1), real or drawn, and features (batch, SEEN)."""
        maps = []
        for block in self.blocks:
            values = block(values)
            maps.append(values)
        fine, coarse = maps[-2:]
        seen = torch.cat([fine.mean(dim=(2, 3)), coarse.mean(dim=(2, 3)), coarse.amax(dim=(2, 3))], dim=1)
        return self.real(seen), seen


class Nearness(nn.Module):
    """How near features lie to those of known chest films: minus the logarithm of a Mahalanobis distance.

    Films are known in several poses (turned, inverted); the nearest pose counts, and all share one covariance.

    Args:
        inputs: how many features there are.
        axes: along how many principal axes the distance is measured.
        poses: how many poses are known.

    Source:
        Lee et al. 2018, equation 2. What the axes leave over is not measured: its variance is too small for float16.
    """

    whiten: Tensor
    """Scaled features to axes along which known films have unit variance; shape (axes, inputs)."""

    centres: Tensor
    """Where each pose lies; shape (poses, axes)."""

    def __init__(self, inputs: int, axes: int, poses: int = 8) -> None:
        super().__init__()
        self.register_buffer("whiten", torch.zeros(axes, inputs))
        self.register_buffer("centres", torch.zeros(poses, axes))

    def forward(self, features: Tensor) -> Tensor:
        """Scaled features (batch, inputs) to nearness (batch, 1): about 0 for the films that it was fitted on."""
        offsets = (features @ self.whiten.T)[:, None] - self.centres[None]
        return -(offsets**2).mean(dim=2).amin(dim=1, keepdim=True).clamp(min=1e-6).log()


class Scale(nn.Module):
    """Features to zero mean and unit variance over the training's frontal films, and no further from it than ten."""

    mean: Tensor
    factor: Tensor
    """One over the standard deviation."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("factor", torch.ones(inputs))

    def forward(self, features: Tensor) -> Tensor:
        """Shape (batch, inputs) to the same."""
        return ((features - self.mean) * self.factor).clamp(-10.0, 10.0)


class Opinion(nn.Module):
    """From the features of both bodies to the discriminator's logits: distances from known films, and learned heads.

    Args:
        seen: how many features the critic has.
        known: how many the trunk has.
    """

    def __init__(self, seen: int, known: int) -> None:
        super().__init__()
        self.scale_seen, self.scale_known = Scale(seen), Scale(known)
        self.near_seen, self.near_known = Nearness(seen, min(seen, SEEN_AXES)), Nearness(known, min(known, KNOWN_AXES))
        self.heads = nn.Sequential(nn.Linear(seen + known, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(HEADS)))

    def forward(self, real: Tensor, seen: Tensor, known: Tensor) -> Tensor:
        """The critic's logit (batch, 1), its features and the trunk's to DISCRIMINATOR_OUTPUTS (batch, 10)."""
        seen, known = self.scale_seen(seen), self.scale_known(known)
        near = [self.near_seen(seen), self.near_known(known)]
        return torch.cat([real, *near, self.heads(torch.cat([seen, known], dim=1))], dim=1)
