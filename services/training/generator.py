"""The other half of the GAN: draws films for the discriminator to tell from real ones. Never served."""

from itertools import pairwise

from torch import Tensor, nn

WIDTHS = (192, 160, 128, 96, 48, 24)
"""Channels at 4, 8, 16, 32, 64 and 128 pixels."""


class Generator(nn.Module):
    """Random numbers to films of 128 x 128 pixels."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.start = nn.Linear(latent, WIDTHS[0] * 16)
        blocks: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            blocks += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1, bias=False)]
            blocks += [nn.BatchNorm2d(after), nn.ReLU()]
        self.blocks = nn.Sequential(*blocks, nn.Conv2d(WIDTHS[-1], 1, 3, padding=1), nn.Sigmoid())

    def forward(self, numbers: Tensor) -> Tensor:
        """Normal numbers (batch, latent) to pixels (batch, 1, 128, 128) in [0, 255]."""
        start = self.start(numbers).reshape(len(numbers), WIDTHS[0], 4, 4)
        pixels: Tensor = self.blocks(start) * 255
        return pixels
