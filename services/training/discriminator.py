"""Training of the discriminator: a GAN on frontal films whose discriminator also learns what a chest film is."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, relu
from torch.nn.utils.parametrizations import spectral_norm

from cxr.gate import DISCRIMINATOR_OUTPUTS
from cxr.geometry import Square, sample
from cxr.networks import Discriminator
from cxr.radiograph import Pixels
from training.course import channels_last, learn
from training.films import Films, chest, frontal
from training.gallery import UNKNOWN, Example, Gallery
from training.generator import Generator
from training.settings import DiscriminatorSettings

WEIGHTS = {"real": 0.3, "chest": 1.0, "frontal": 1.0, "positive": 0.5, "upright": 0.7}
"""Of each head's loss."""

GENERATED = 8
"""Films drawn by the generator in a step; it learns in every second step."""


class DiscriminatorCourse:
    """Hinge loss between real and generated films; cross-entropy for all other heads."""

    def __init__(self, films: Films, settings: DiscriminatorSettings) -> None:
        self.films, self.settings, self.rate = films, settings, settings.rate
        self.network = channels_last(Discriminator(spectral_norm))
        self.generator = channels_last(Generator(settings.latent))
        self.modules: dict[str, nn.Module] = {"network": self.network, "generator": self.generator}
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.AdamW(module.parameters(), settings.rate, betas=(0.5, 0.99), weight_decay=1e-4)
            for name, module in self.modules.items()
        }
        self.gallery = Gallery(films, settings.side, "train")
        self.taken = 0

    def steps(self, epoch: int) -> int:
        """How many steps an epoch has."""
        return max(1, self.settings.samples // self.settings.batch)

    def step(self, epoch: int, random: np.random.Generator) -> dict[str, float]:
        """Learn from one batch, the generator from every second."""
        examples = [self.gallery.draw(random) for _ in range(self.settings.batch)]
        with torch.no_grad():
            generated = self._generate()
        pixels = torch.from_numpy(np.stack([example.pixels for example in examples])).float()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.network(torch.cat([pixels, generated]).contiguous(memory_format=torch.channels_last)).float()
        losses = head_losses(logits[: len(examples)], examples)
        losses["real"] = losses["real"] + relu(1 + logits[len(examples) :, 0]).mean()
        learn(self, "network", torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum())
        figures = {name: float(loss.detach()) for name, loss in losses.items()}
        self.taken += 1
        return figures | self._draw() if self.taken % 2 else figures

    def _draw(self) -> dict[str, float]:
        self.network.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16):
            loss = -self.network(self._generate())[:, 0].float().mean()
        learn(self, "generator", loss)
        self.network.requires_grad_(True)
        return {"drawn": float(loss.detach())}

    def _generate(self) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            drawn: Tensor = self.generator(torch.randn(GENERATED, self.settings.latent))
        return drawn.float()

    def validate(self) -> dict[str, float]:
        """Shares of the validation split that each head gets right at even odds."""
        rows, here = self.films.rows, self.films.rows["split"] == "val"
        fronts = self.films.where(here & frontal(rows))[::2]
        others = self.films.where(here & ~chest(rows) & (rows["kind"] != "other-radiograph"))[::2]
        laterals = self.films.where((rows["split"] != "train") & (rows["kind"] == "cxr") & ~frontal(rows))
        if not len(fronts) or not len(others):
            return {}
        plain, turned = self._logits(fronts), self._logits(fronts, turns=1, invert=True)
        figures = {"chest": plain[:, 1] > 0, "other": self._logits(others)[:, 1] < 0, "frontal": plain[:, 2] > 0}
        figures |= {"positive": plain[:, 3] > 0, "upright": plain[:, 4:].argmax(1) == 0}
        figures |= {"inverted": turned[:, 3] < 0, "turned": turned[:, 4:].argmax(1) == 1}
        if len(laterals):
            figures["lateral"] = self._logits(laterals)[:, 2] < 0
        return {f"right_{name}": float(right.mean()) for name, right in figures.items()}

    def _logits(self, chosen: NDArray[np.int64], turns: int = 0, invert: bool = False) -> NDArray[np.float32]:
        films = (self.films.pixels[int(row)] for row in chosen)
        return judge(self.network, [letterbox(film, turns, invert, self.settings.side) for film in films])


def head_losses(logits: Tensor, examples: list[Example]) -> dict[str, Tensor]:
    """Each head's loss on real images; logits of shape (examples, 8)."""
    real = torch.tensor([example.real for example in examples])
    losses = {"real": (relu(1 - logits[:, 0]) * real).sum() / real.sum().clamp(min=1)}
    for name in ("chest", "frontal", "positive"):
        target = torch.tensor([float(getattr(example, name)) for example in examples])
        entropy = binary_cross_entropy_with_logits(
            logits[:, DISCRIMINATOR_OUTPUTS.index(name)], target.clamp(min=0), weight=(target != UNKNOWN).float()
        )
        losses[name] = entropy
    turns = torch.tensor([example.turns for example in examples])
    sure = turns.sum(dim=1) > 0
    possible = logits[sure, 4:].masked_fill(turns[sure] == 0, -1e4)
    losses["upright"] = (logits[sure, 4:].logsumexp(1) - possible.logsumexp(1)).sum() / len(examples)
    return losses


@torch.inference_mode()
def judge(network: Discriminator, pixels: list[Pixels]) -> NDArray[np.float32]:
    """The network's logits; shape (images, 8)."""
    network.eval()
    found = [network(torch.from_numpy(np.stack(pixels[at : at + 64]))[:, None]) for at in range(0, len(pixels), 64)]
    return np.asarray(torch.cat(found).float().numpy(), np.float32)


def letterbox(film: Pixels, turns: int, invert: bool, side: int) -> Pixels:
    turned = np.ascontiguousarray(np.rot90(255 - film if invert else film, turns))
    return sample(turned, Square.whole(turned.shape), side)
