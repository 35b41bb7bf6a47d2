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
from training.course import channels_last, learn, mixed_precision, steps_of
from training.films import Films, frontal
from training.gallery import Example, Gallery
from training.generator import Generator
from training.poses import letterbox
from training.pretrained import load_imagenet
from training.settings import DiscriminatorSettings

POSE_WEIGHT = 0.5
"""Of the loss by which the critic tells how a real film was turned and whether it was inverted."""


class DiscriminatorCourse:
    """Hinge loss between real and drawn films; the critic also names the pose of real films.

    Source:
        Self-supervision by rotation keeps a critic's features from forgetting: Chen et al. 2019 (SS-GAN).
    """

    def __init__(self, films: Films, settings: DiscriminatorSettings) -> None:
        self.films, self.settings, self.rate = films, settings, settings.rate
        self.network = channels_last(Discriminator(spectral_norm))
        load_imagenet(self.network.trunk)
        self.network.requires_grad_(False)
        self.network.critic.requires_grad_(True)
        self.generator = channels_last(Generator(settings.latent))
        self.pose = nn.Linear(SEEN, 5)
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

    def step(self, epoch: int, random: np.random.Generator) -> dict[str, float]:
        """Learn from one batch of films, the generator from every second."""
        examples = [self.gallery.draw_from("frontal", random) for _ in range(self.settings.batch)]
        plain = torch.tensor([example.plain for example in examples])
        with torch.no_grad():
            drawn = self._generate()
        pixels = torch.from_numpy(np.stack([example.pixels for example in examples]))
        with mixed_precision():
            real, seen = self.network.judge(pixels)
            false, _ = self._judge_drawn(drawn)
        hinge = (relu(1 - real.float()[:, 0]) * plain).sum() / plain.sum().clamp(min=1) + relu(1 + false.float()).mean()
        pose = pose_loss(self.pose(seen.float()), examples)
        learn(self, "network", hinge + POSE_WEIGHT * pose)
        figures = {"hinge": float(hinge.detach()), "pose": float(pose.detach())}
        self.taken += 1
        return figures | self._draw() if self.taken % 2 else figures

    def _draw(self) -> dict[str, float]:
        self.network.critic.requires_grad_(False)
        with mixed_precision():
            loss = -self._judge_drawn(self._generate())[0].float().mean()
        learn(self, "generator", loss)
        self.network.critic.requires_grad_(True)
        return {"drawn": float(loss.detach())}

    def _judge_drawn(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        judged: tuple[Tensor, Tensor] = self.network.critic(self.network.standardise(pixels))
        return judged

    def _generate(self) -> Tensor:
        with mixed_precision():
            drawn: Tensor = self.generator(torch.randn(self.settings.batch // 2, self.settings.latent))
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
        return self.network.judge(torch.from_numpy(np.stack(films))[:, None])


def pose_loss(logits: Tensor, examples: list[Example]) -> Tensor:
    """Of naming the quarter turns and the polarity of frontal films; logits of shape (examples, 5)."""
    turns = torch.tensor([example.turns for example in examples]).argmax(dim=1)
    positive = torch.tensor([example.positive for example in examples])
    return cross_entropy(logits[:, :4], turns) + binary_cross_entropy_with_logits(logits[:, 4], positive)
