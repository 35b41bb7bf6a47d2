"""How a gauge is trained: on features of ImageNet's trunk, and then, if there is time, the trunk with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import log_softmax, smooth_l1_loss

from cxr.gauge import Gauge
from cxr.number import expected, probabilities, stretched
from training.batches import Batch, Drawn
from training.course import averaged, learn, steps_of
from training.films import DataError
from training.numbers.copies import Copies
from training.numbers.films import Measured
from training.numbers.varied import varied
from training.precision import CPU, depthwise_in_float32, laid_out, mixed_precision
from training.pretrained import load_imagenet
from vocabulary.problems.problem import Number, Problem


@dataclass(frozen=True)
class GaugeSettings:
    """How it is trained."""

    epochs: int = 12
    tuned_epochs: int = 0
    """How many epochs, the last ones, change the trunk too: each step takes some ten times as long."""
    samples: int = 4800
    """Films drawn in an epoch."""
    batch: int = 32
    rate: float = 2e-3
    copies: int = 3
    """Of each film, varied, whose features are kept for the epochs in which the trunk does not change."""
    distance: float = 1.0
    """Weight of how far the number is off, in units of Number.spread, against that of the probabilities' entropy."""
    unknown: float = 0.5
    """Weight of the answer for people of whom nothing is known, against that for their own group."""


FEATURES = ("middle", "fine", "coarse")
"""What a batch calls those of Gauge.look."""


class GaugeCourse:
    """Learns the probabilities of numbers near the reader's, for the person's group and for nobody's at once.

    The trunk is ImageNet's, and its normalisation stays so. While the rest of it does, features are computed once.
    """

    def __init__(
        self, problem: Problem, films: Measured, settings: GaugeSettings, cache: Path, device: torch.device = CPU
    ) -> None:
        self.problem, self.settings, self.rate, self.device = problem, settings, settings.rate, device
        self.number = asked(problem)
        self.films = films
        self.trained, self.unseen = films.split("train"), films.split("val")
        if not len(self.trained):
            raise DataError("no film in the train split")
        self.network = Gauge(self.number.bins, len(problem.groups), problem.inner_side)
        load_imagenet(self.network.trunk)
        self.network.gate.requires_grad_(False)
        self.copies = Copies(self.network, films.pixels, settings.copies, cache, films.digest)
        self.network = laid_out(self.network, device)
        self.average = averaged(self.network)
        depthwise_in_float32(self.network, device)
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        optimiser = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=0.02)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"network": optimiser}
        self.numbers = torch.tensor(numbers(self.number), dtype=torch.float32, device=device)
        self.tuned = False

    def steps(self, epoch: int) -> int:
        """How many steps the epoch has."""
        self.tuned = epoch >= self.settings.epochs - self.settings.tuned_epochs
        return steps_of(self.settings.samples, self.settings.batch, len(self.trained))

    def draw(self, random: np.random.Generator) -> Drawn:
        """Some films' numbers and groups, with their pixels, or with the features of one of their copies."""
        rows = random.choice(self.trained, self.settings.batch)
        about = {"truth": self.films.truth[rows].astype(np.float32), "groups": self.films.groups[rows]}
        if self.tuned:
            return about | {"pixels": np.stack([varied(self.films.pixels[row], random) for row in rows])[:, None]}
        return about | dict(zip(FEATURES, self.copies.draw(rows, random), strict=True))

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch."""
        self.network.trunk.eval()
        with mixed_precision(self.device):
            kept = "pixels" not in batch
            features = [batch[name] for name in FEATURES] if kept else self.network.look(batch["pixels"])
            logits, _ = self.network.vote(*features)
        truth, every = batch["truth"], torch.arange(len(batch["truth"]), device=self.device)
        loss, off = self._loss(logits[every, batch["groups"]].float(), truth)
        loss = loss + self.settings.unknown * self._loss(logits[:, 0].float(), truth)[0]
        learn(self, "network", loss)
        return {"loss": float(loss.detach()), "error": float(off)}

    def _loss(self, logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        """Loss, and mean error, of logits (batch, bins)."""
        spread = self.number.spread
        target = torch.softmax(-0.5 * ((self.numbers[None] - truth[:, None]) / spread) ** 2, dim=1)
        entropy = -(target * log_softmax(logits, dim=1)).sum(dim=1).mean()
        answer = torch.softmax(logits, dim=1) @ self.numbers
        distance = smooth_l1_loss(answer / spread, truth / spread)
        return entropy + self.settings.distance * distance, (answer.detach() - truth).abs().mean()

    def validate(self) -> dict[str, float]:
        """Mean absolute error on the validation split, with the person's group and without."""
        if not len(self.unseen):
            return {}
        answers, truth = self._answers(), self.films.truth[self.unseen]
        own = answers[np.arange(len(self.unseen)), self.films.groups[self.unseen]]
        off = (np.abs(each - truth).mean() for each in (own, answers[:, 0]))
        return dict(zip(("mae", "mae_unknown"), map(float, off), strict=True))

    @torch.inference_mode()
    def _answers(self) -> NDArray[np.float64]:
        """The numbers of the validation split's films, (films, groups)."""
        network = cast(Gauge, self.average.module.eval())
        found = []
        for part in np.array_split(self.unseen, max(1, len(self.unseen) // 32)):
            shown = np.stack([stretched(self.films.pixels[row]) for row in part])[:, None]
            kept = [torch.from_numpy(each).to(self.device) for each in self.copies.plain(part)]
            looked = network.look(torch.from_numpy(shown).to(self.device)) if self.tuned else kept
            logits, _ = network.vote(*looked)
            found.append(expected(probabilities(logits.float().cpu().numpy()), numbers(self.number))[0])
        return np.concatenate(found)


def asked(problem: Problem) -> Number:
    """What is asked, of a problem whose answer is a number."""
    if not isinstance(problem.asks, Number):
        raise TypeError(f"{problem.name} asks for no number")
    return problem.asks


def numbers(number: Number) -> NDArray[np.float64]:
    """The numbers that have probabilities."""
    return np.asarray(number.lowest + number.step * np.arange(number.bins))
