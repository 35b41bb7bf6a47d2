"""The other half of the GAN: draws films for the discriminator to tell from real ones. Never served."""

from itertools import pairwise

from torch import Tensor, nn

WIDTHS = (128, 96, 64, 32, 16)
"""Channels at 5, 10, 20, 40 and 80 pixels: half the discriminator's side, which is what its critic sees."""


class Generator(nn.Module):
    """Random numbers to films of 80 x 80 pixels."""

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.start = nn.Linear(latent, WIDTHS[0] * 25)
        blocks: list[nn.Module] = []
        for before, after in pairwise(WIDTHS):
            blocks += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1, bias=False)]
            blocks += [nn.BatchNorm2d(after), nn.ReLU()]
        self.blocks = nn.Sequential(*blocks, nn.Conv2d(WIDTHS[-1], 1, 3, padding=1), nn.Sigmoid())

    def forward(self, numbers: Tensor) -> Tensor:
        """Normal numbers (batch, latent) to pixels (batch, 1, 80, 80) in [0, 255]."""
        start = self.start(numbers).reshape(len(numbers), WIDTHS[0], 5, 5)
        pixels: Tensor = self.blocks(start) * 255
        return pixels
