"""Training of the classifier on the lungs that the trained segmenter finds."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cxr.geometry import sample
from cxr.networks import Classifier
from cxr.radiograph import Pixels
from training import augment
from training.course import channels_last, learn
from training.crops import Crops
from training.films import CLASSES, Films, frontal
from training.settings import ClassifierSettings
from training.statistics import area_under_curve

EVENNESS = 0.8
"""A source of n films is drawn n ** EVENNESS times as often as one of one film: the adults' sets are small."""


def classified(films: Films, split: str) -> NDArray[np.int64]:
    """The rows that the classifier is trained or judged on: frontal films of a known class."""
    rows = films.rows
    return films.where(frontal(rows) & (rows["three_class"] != "") & (rows["split"] == split))


def targets(films: Films, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row's class, as an index of CLASSES."""
    return np.array([CLASSES.index(name) for name in films.rows["three_class"].iloc[chosen]], np.int64)


class ClassifierCourse:
    """Draws every class of a source as often as the others, so that the source tells nothing about the class."""

    def __init__(self, films: Films, crops: Crops, settings: ClassifierSettings) -> None:
        self.films, self.crops, self.settings, self.rate = films, crops, settings, settings.rate
        self.network = channels_last(Classifier(len(CLASSES)))
        self.modules: dict[str, nn.Module] = {"network": self.network}
        optimiser = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=0.02)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"network": optimiser}
        self.entropy = nn.CrossEntropyLoss(label_smoothing=settings.smoothing)
        self.chosen = classified(films, "train")
        self.targets = targets(films, self.chosen)
        self.weights = self._balance()
        self.side = settings.coarse_side

    def steps(self, epoch: int) -> int:
        """How many steps the epoch has."""
        fine = epoch >= self.settings.epochs - self.settings.fine_epochs
        self.side = self.settings.side if fine else self.settings.coarse_side
        self.rate = self.settings.fine_rate if fine else self.settings.rate
        return max(1, self.settings.samples // self.settings.batch)

    def step(self, epoch: int, random: np.random.Generator) -> dict[str, float]:
        """Learn from one batch."""
        drawn = random.choice(len(self.chosen), self.settings.batch, p=self.weights)
        pixels = torch.from_numpy(np.stack([self._example(int(self.chosen[index]), random)[None] for index in drawn]))
        with torch.autocast("cpu", torch.bfloat16):
            logits, _ = self.network(pixels.contiguous(memory_format=torch.channels_last))
        loss = self.entropy(logits.float(), torch.from_numpy(self.targets[drawn]))
        learn(self, "network", loss)
        right = (logits.argmax(dim=1).numpy() == self.targets[drawn]).mean()
        return {"loss": float(loss.detach()), "right": float(right)}

    def validate(self) -> dict[str, float]:
        """Macro AUROC on the validation split, pooled and within the source that has all classes."""
        chosen = classified(self.films, "val")
        if not len(chosen):
            return {}
        found = classify(self.network, self.films, self.crops, chosen, self.side)
        logits = np.concatenate([logits for logits, _ in found])
        truth, kermany = targets(self.films, chosen), self.films.rows["dataset"].iloc[chosen] == "kermany"
        figures = {"auroc": area_under_curve(truth, logits)}
        if kermany.any():
            figures["auroc_kermany"] = area_under_curve(truth[kermany], logits[kermany])
        return figures

    def _balance(self) -> NDArray[np.float64]:
        rows = self.films.rows.iloc[self.chosen]
        view = rows["view"].str[:2].where(rows["dataset"] == "nih", "")
        source = rows["dataset"] + view
        sizes = source.map(source.value_counts() ** EVENNESS)
        classes = source.map(rows["three_class"].groupby(source).nunique())
        alike = rows["image"].groupby([source, rows["three_class"]]).transform("count")
        weights = (sizes / classes / alike).to_numpy(np.float64)
        return np.asarray(weights / weights.sum())

    def _example(self, row: int, random: np.random.Generator) -> Pixels:
        film = self.films.pixels[row]
        square = augment.jitter(self.crops.square(row, film), random, 0.06, 0.12)
        pixels = augment.warp([sample(film, square, self.side)], random, 10, 0.1)[0]
        if random.random() < 0.5:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        pixels = augment.degrade(augment.expose(pixels, random), random, 0.3, 0.35)
        if random.random() < 0.2:
            pixels = augment.annotate(augment.collimate(pixels, random, 0.08), random)
        return pixels


@torch.inference_mode()
def classify(
    network: Classifier, films: Films, crops: Crops, chosen: NDArray[np.int64], side: int
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Batches of logits (n, classes) and class activation maps (n, classes, cells, cells) for the films' crops."""
    network.eval()
    found = []
    for start in range(0, len(chosen), 32):
        rows = [int(row) for row in chosen[start : start + 32]]
        crop = [sample(films.pixels[row], crops.square(row, films.pixels[row]), side)[None] for row in rows]
        pixels = torch.from_numpy(np.stack(crop)).contiguous(memory_format=torch.channels_last)
        logits, maps = network(pixels)
        found.append((logits.float().numpy(), maps.float().numpy()))
    return found
