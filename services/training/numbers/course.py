"""How a gauge is trained: from ImageNet's trunk, whose first stages stay as they are, on augmented films."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import log_softmax, smooth_l1_loss

from cxr.gauge import Gauge
from cxr.number import DARKEST, LIGHTEST, expected, framed, probabilities, stretched
from cxr.radiograph import Pixels
from training import augment
from training.course import averaged, channels_last, depthwise_in_float32, learn, mixed_precision, steps_of
from training.films import DataError
from training.numbers.films import Measured
from training.pretrained import load_imagenet
from vocabulary.problems.problem import Number, Problem


@dataclass(frozen=True)
class GaugeSettings:
    """How it is trained."""

    epochs: int = 14
    samples: int = 960
    """Films drawn in an epoch."""
    batch: int = 16
    rate: float = 1e-3
    frozen: int = 3
    """Of the trunk's seven stages, how many keep ImageNet's weights: half the time of a step, and few films."""
    distance: float = 1.0
    """Weight of how far the number is off, in units of Number.spread, against that of the probabilities' entropy."""
    unknown: float = 0.5
    """Weight of the answer for people of whom nothing is known, against that for their own group."""


WATCHED = 128
"""Films of the validation split that are measured after each epoch; export measures all."""


class GaugeCourse:
    """Learns the probabilities of numbers near the reader's, for the person's group and for nobody's at once."""

    def __init__(self, problem: Problem, films: Measured, settings: GaugeSettings) -> None:
        self.problem, self.settings, self.rate = problem, settings, settings.rate
        self.number = asked(problem)
        self.films = films
        self.trained, self.unseen = films.split("train"), films.split("val")[:WATCHED]
        if not len(self.trained):
            raise DataError("no film in the train split")
        self.network = channels_last(Gauge(self.number.bins, len(problem.groups), problem.inner_side))
        load_imagenet(self.network.trunk)
        self.early = nn.ModuleList([self.network.trunk._conv_stem, self.network.trunk._bn0])
        self.early.extend(self.network.trunk._blocks[: settings.frozen])
        self.early.requires_grad_(False)
        self.network.gate.requires_grad_(False)
        self.average = averaged(self.network)
        depthwise_in_float32(self.network)
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        learned = [each for each in self.network.parameters() if each.requires_grad]
        self.optimisers: dict[str, torch.optim.Optimizer] = {
            "network": torch.optim.AdamW(learned, settings.rate, weight_decay=0.02)
        }
        self.numbers = torch.tensor(numbers(self.number), dtype=torch.float32)

    def steps(self, epoch: int) -> int:
        """How many steps the epoch has."""
        return steps_of(self.settings.samples, self.settings.batch, len(self.trained))

    def step(self, epoch: int, random: np.random.Generator) -> dict[str, float]:
        """Learn from one batch."""
        self.early.eval()  # ImageNet's means and variances stay, too
        drawn = random.choice(self.trained, self.settings.batch)
        shown = np.stack([varied(self.films.pixels[row], random) for row in drawn])[:, None]
        with mixed_precision():
            logits, _ = self.network.vote(*self.network.look(torch.from_numpy(shown)))
        truth = torch.tensor(self.films.truth[drawn], dtype=torch.float32)
        own = logits[torch.arange(len(drawn)), torch.from_numpy(self.films.groups[drawn])].float()
        loss, off = self._loss(own, truth)
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
        answers, truth = measure(self.average.module, self.films, self.unseen, self.number), self.films.truth
        own = answers[np.arange(len(self.unseen)), self.films.groups[self.unseen]]
        off = (np.abs(each - truth[self.unseen]).mean() for each in (own, answers[:, 0]))
        return dict(zip(("mae", "mae_unknown"), map(float, off), strict=True))


def asked(problem: Problem) -> Number:
    """What is asked, of a problem whose answer is a number."""
    if not isinstance(problem.asks, Number):
        raise TypeError(f"{problem.name} asks for no number")
    return problem.asks


def numbers(number: Number) -> NDArray[np.float64]:
    """The numbers that have probabilities."""
    return np.asarray(number.lowest + number.step * np.arange(number.bins))


@torch.inference_mode()
def measure(network: Gauge, films: Measured, rows: NDArray[np.int64], number: Number) -> NDArray[np.float64]:
    """The numbers of films, (films, groups)."""
    network.eval()
    found = []
    for part in np.array_split(rows, max(1, len(rows) // 32)):
        shown = np.stack([stretched(films.pixels[row]) for row in part])[:, None]
        logits, _ = network.vote(*network.look(torch.from_numpy(shown)))
        found.append(expected(probabilities(logits.float().numpy()), numbers(number))[0])
    return np.concatenate(found)


def varied(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """A film of another exposure, place and size, mirrored or not, whose number is the same."""
    stretch = stretched(pixels, random.uniform(0, DARKEST + 1), random.uniform(LIGHTEST - 1.5, 100))
    if random.random() < 0.5:
        stretch = np.ascontiguousarray(stretch[:, ::-1])
    placed = moved(stretch, random)
    exposed = augment.expose(placed, random, 0.5)
    return augment.erase(augment.degrade(exposed, random, 0.1, 0.6), random, 0.15)


def moved(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """Turned, stretched, and shifted a little."""
    (turned,) = augment.warp([pixels], random, 15.0, 0.12)
    side = len(turned)
    zoom = float(np.exp(random.uniform(-0.12, 0.12)))
    size = max(8, round(side / zoom))
    rows, columns = (round(each) for each in random.uniform(-0.05, 0.05, 2) * side)
    around = side  # of black on each side, so that what is cut out always lies on the canvas
    canvas = np.zeros((3 * side, 3 * side), np.uint8)
    canvas[around : around + side, around : around + side] = turned
    start = around + (side - size) // 2
    cut = canvas[start + rows : start + rows + size, start + columns : start + columns + size]
    return framed(np.ascontiguousarray(cut), side)
