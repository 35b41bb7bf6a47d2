"""Training of the discriminator's critic: a GAN that is shown frontal chest films and nothing else.

The heads, which need seconds and not an afternoon, are fitted at export: see heads.py.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, relu
from torch.nn.utils.parametrizations import spectral_norm

from cxr.critic import SEEN
from cxr.networks import Discriminator
from cxr.radiograph import Pixels
from training.batches import Batch, Drawn
from training.course import learn, steps_of
from training.films import Films, frontal
from training.gallery import Gallery
from training.generator import Generator
from training.poses import letterbox
from training.precision import CPU, laid_out, mixed_precision
from training.pretrained import load_imagenet
from training.settings import DiscriminatorSettings

POSE_WEIGHT = 0.5
"""Of the loss by which the critic tells how a real film was turned and whether it was inverted."""


class DiscriminatorCourse:
    """Hinge loss between real and drawn films; the critic also names the pose of real films.

    Source:
        Self-supervision by rotation keeps a critic's features from forgetting: Chen et al. 2019 (SS-GAN).
    """

    def __init__(self, films: Films, settings: DiscriminatorSettings, device: torch.device = CPU) -> None:
        self.films, self.settings, self.rate, self.device = films, settings, settings.rate, device
        self.network = laid_out(Discriminator(spectral_norm), device)
        load_imagenet(self.network.trunk)
        self.network.requires_grad_(False)
        self.network.critic.requires_grad_(True)
        self.generator = laid_out(Generator(settings.latent), device)
        self.pose = nn.Linear(SEEN, 5).to(device)
        self.modules: dict[str, nn.Module] = {
            "network": self.network, "generator": self.generator, "pose": self.pose
        }  # fmt: skip
        learned = {"network": [*self.network.critic.parameters(), *self.pose.parameters()]}
        learned["generator"] = list(self.generator.parameters())
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.AdamW(parameters, settings.rate, betas=(0.5, 0.99), weight_decay=1e-4)
            for name, parameters in learned.items()
        }
        self.gallery = Gallery(films, settings.side, "train")
        self.taken = 0

    def steps(self, epoch: int) -> int:
        """How many steps an epoch has."""
        return steps_of(self.settings.samples, self.settings.batch, len(self.gallery.pools["frontal"]))

    def draw(self, random: np.random.Generator) -> Drawn:
        """Pixels (batch, 1, side, side), and of each: whether it is plain, its quarter turns, if it is positive."""
        examples = [self.gallery.draw_from("frontal", random) for _ in range(self.settings.batch)]
        return {
            "pixels": np.stack([example.pixels for example in examples]),
            "plain": np.array([example.plain for example in examples], np.float32),
            "turns": np.array([example.turns for example in examples]).argmax(axis=1),
            "positive": np.array([example.positive for example in examples], np.float32),
        }

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch of films, the generator from every second."""
        plain = batch["plain"]
        with torch.no_grad():
            drawn = self._generate()
        with mixed_precision(self.device):
            real, seen = self.network.judge(batch["pixels"])
            false, _ = self._judge_drawn(drawn)
        hinge = (relu(1 - real.float()[:, 0]) * plain).sum() / plain.sum().clamp(min=1) + relu(1 + false.float()).mean()
        pose = pose_loss(self.pose(seen.float()), batch["turns"], batch["positive"])
        learn(self, "network", hinge + POSE_WEIGHT * pose)
        figures = {"hinge": float(hinge.detach()), "pose": float(pose.detach())}
        self.taken += 1
        return figures | self._draw() if self.taken % 2 else figures

    def _draw(self) -> dict[str, float]:
        self.network.critic.requires_grad_(False)
        with mixed_precision(self.device):
            loss = -self._judge_drawn(self._generate())[0].float().mean()
        learn(self, "generator", loss)
        self.network.critic.requires_grad_(True)
        return {"drawn": float(loss.detach())}

    def _judge_drawn(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        judged: tuple[Tensor, Tensor] = self.network.critic(self.network.standardise(pixels))
        return judged

    def _generate(self) -> Tensor:
        noise = torch.randn(self.settings.batch // 2, self.settings.latent, device=self.device)
        with mixed_precision(self.device):
            drawn: Tensor = self.generator(noise)
        return drawn.float()

    def validate(self) -> dict[str, float]:
        """How often the critic names the pose of validation films, and its logits of films and of drawn ones."""
        chosen = self.films.where((self.films.rows["split"] == "val") & frontal(self.films.rows))[::4]
        if not len(chosen):
            return {}
        figures = {}
        with torch.inference_mode():
            for turns, invert in ((0, False), (1, False), (2, True)):
                films = [letterbox(self.films.pixels[int(row)], turns, invert, self.settings.side) for row in chosen]
                real, seen = self._judge(films)
                pose = self.pose(seen)
                right = (pose[:, :4].argmax(1) == turns) & ((pose[:, 4] < 0) == invert)
                figures[f"pose_{turns}{'_inverted' * invert}"] = float(right.float().mean())
                figures[f"real_{turns}{'_inverted' * invert}"] = float(real.mean())
            figures["real_drawn"] = float(self._judge_drawn(self._generate())[0].float().mean())
        return figures

    def _judge(self, films: list[Pixels]) -> tuple[Tensor, Tensor]:
        self.network.eval()
        return self.network.judge(torch.from_numpy(np.stack(films))[:, None].to(self.device))


def pose_loss(logits: Tensor, turns: Tensor, positive: Tensor) -> Tensor:
    """Of naming the quarter turns and the polarity of frontal films; logits of shape (examples, 5)."""
    return cross_entropy(logits[:, :4], turns) + binary_cross_entropy_with_logits(logits[:, 4], positive)
