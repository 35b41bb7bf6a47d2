"""Training of the classifier on what serving shows it: what lies between and around the lungs, and no more."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, cross_entropy, one_hot

from cxr.classifier import MAP_CELL, Classifier
from cxr.dense import DenseLite
from cxr.radiograph import Pixels
from training.batches import Batch, Drawn
from training.chests import Chests
from training.course import averaged, learn, steps_of
from training.crops import Crops
from training.distillation import Teachers, imitation
from training.examples import Example, Examples
from training.films import DataError, Films
from training.findings import UNKNOWN
from training.frozen import freeze, thaw
from training.precision import CPU, depthwise_in_float32, device_where, laid_out, mixed_precision
from training.pretrained import begin, take_stem
from training.settings import ClassifierSettings
from training.statistics import area_under_curve
from vocabulary.conditions import CLASSES

SOURCE_SIZE_EXPONENT = 0.8
"""A source of n films is drawn n to this power times as often as one of one film: the adults' sets are small."""

BY_VIEW = ("nih", "chexpert")
"""Sources that tell the view of every film, and whose views differ in their shares of the classes."""

FINDINGS_WEIGHT = 0.5
"""Of the findings' loss, against that of the classes."""

BOX_WEIGHT = 0.1
"""Of the boxes' loss, against that of the classes."""

IMITATION_SHARE = 0.5
"""Of the loss, where there are teachers: the rest is what readers said."""

BLANKED_SHARE = 0.05
"""Share of examples with the lungs painted over, whose classes must come out as likely as any: so the network learns
that neither the lungs' outline nor what is around them tells anything."""


class ClassifierCourse:
    """Draws every class of a source and view as often as the others, so that neither tells anything about the class."""

    def __init__(self, films: Films, crops: Crops, settings: ClassifierSettings, device: torch.device = CPU) -> None:
        self.settings, self.rate, self.device = settings, settings.rate, device
        self.network = laid_out(Classifier(films.sought.outputs, settings.body), device)
        begin(self.network.trunk)
        self.average = averaged(self.network)
        depthwise_in_float32(self.network, device)
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        optimiser = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=0.02)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"network": optimiser}
        self.chests, self.unseen = (Chests(films, crops, split) for split in ("train", "val"))
        if missing := [name for index, name in enumerate(CLASSES) if index not in set(self.chests.classes)]:
            raise DataError(f"no frontal film of {' and of '.join(missing)} in the train split")
        self.examples = Examples(self.chests, whole=settings.blank)
        self.weights = balance(self.chests.rows)
        self.side = settings.coarse_side
        self.teachers = Teachers(settings.teachers, device, films.sought) if settings.teachers else None

    def take_stem(self, weights: Path) -> None:
        """Begin with the first stages of a trained EfficientNet.

        Raises:
            DataError: nothing here goes on from those.
        """
        for trunk in self._trunks():
            if not isinstance(trunk, DenseLite):
                raise DataError(f"{weights} has another body than {self.settings.body}: give --body, or other weights")
            take_stem(trunk, weights)

    def _trunks(self) -> list[nn.Module]:
        """Of the network that learns, and of its average."""
        return [network.trunk for network in (self.network, self.average.module) if isinstance(network, Classifier)]

    def steps(self, epoch: int) -> int:
        """How many steps the epoch has."""
        for trunk in self._trunks():
            (freeze if epoch < self.settings.freeze else thaw)(trunk)
        fine = epoch >= self.settings.epochs - self.settings.fine_epochs
        self.side = self.settings.side if fine else self.settings.coarse_side
        return steps_of(self.settings.samples, self.settings.batch, len(self.chests))

    def draw(self, random: np.random.Generator) -> Drawn:
        """Pixels (batch, 1, side, side), and of each example what is known: classes, findings, boxes."""
        drawn = random.choice(len(self.chests), self.settings.batch, p=self.weights)
        blanked = random.random(len(drawn)) < (1.0 if self.settings.blank else BLANKED_SHARE)
        shown = [
            self.examples.draw(int(i), self.side, bool(blank), random) for i, blank in zip(drawn, blanked, strict=True)
        ]
        return {
            "pixels": np.stack([example.pixels for example in shown])[:, None],
            "classes": self.chests.classes[drawn],
            "unsure": blanked & (not self.settings.blank),
            "findings": np.where(blanked[:, None], UNKNOWN, self.chests.findings[drawn]),
            **boxes_of(shown, self.side // MAP_CELL),
        }

    def step(self, batch: Batch) -> dict[str, float]:
        """Learn from one batch."""
        pixels, truth = batch["pixels"].contiguous(memory_format=torch.channels_last), batch["classes"]
        with mixed_precision(self.device):
            logits, maps = self.network(pixels)
        classes, findings = logits.float().split([len(CLASSES), len(self.chests.films.sought.names)], dim=1)
        loss = cross_entropy(classes, _targets(truth, batch["unsure"]), label_smoothing=self.settings.smoothing)
        loss = loss + FINDINGS_WEIGHT * masked_entropy(findings, batch["findings"])
        if self.teachers:
            taught = imitation(logits.float(), self.teachers.logits(pixels))
            loss = (1 - IMITATION_SHARE) * loss + IMITATION_SHARE * taught
        boxed = outside_boxes(maps.float(), batch)
        learn(self, "network", loss + BOX_WEIGHT * boxed)
        right = (classes.argmax(dim=1) == truth).float().mean()
        return {"loss": float(loss.detach()), "right": float(right), "boxes": float(boxed.detach())}

    def validate(self) -> dict[str, float]:
        """Macro AUROC on the validation split, pooled and within sources, and of normal against other."""
        if not len(self.unseen):
            return {}
        found = classify(self.average.module, [self.unseen[i].shown(self.side) for i in range(len(self.unseen))])
        logits, truth = np.concatenate([part for part, _ in found])[:, : len(CLASSES)], self.unseen.classes
        figures = {"auroc": area_under_curve(truth, logits)}
        for name in ("kermany", "siim", "nih", "chexpert", "shenzhen"):
            own = (self.unseen.rows["dataset"] == name).to_numpy()
            if len(set(truth[own])) > 1:
                figures[f"auroc_{name}"] = area_under_curve(truth[own], logits[own])
        return figures


def _targets(classes: Tensor, unsure: Tensor) -> Tensor:
    """Probabilities of the classes: 1 for the true one, or as likely as any; shape (batch, classes)."""
    sure = one_hot(classes, len(CLASSES)).float()
    return torch.where(unsure[:, None], torch.full_like(sure, 1 / len(CLASSES)), sure)


def boxes_of(shown: list[Example], cells: int) -> Drawn:
    """Of each example the output that its boxes are of, -1 without, and how much of each map's cell is in them."""
    without = np.zeros((cells, cells), np.float32)
    return {
        "output": np.array([example.output for example in shown], np.int64),
        "boxes": np.stack([without if example.boxes is None else example.boxes for example in shown]),
    }


def balance(rows: pd.DataFrame) -> NDArray[np.float64]:
    """How often each film is drawn: every class of a source and view as often as the others; sums to 1."""
    source = rows["dataset"] + rows["view"].str[:2].where(rows["dataset"].isin(BY_VIEW), "")
    sizes = source.map(source.value_counts() ** SOURCE_SIZE_EXPONENT)
    classes = source.map(rows["three_class"].groupby(source).nunique())
    alike = rows["image"].groupby([source, rows["three_class"]]).transform("count")
    weights = (sizes / classes / alike).to_numpy(np.float64)
    return np.asarray(weights / weights.sum())


def outside_boxes(maps: Tensor, batch: Batch) -> Tensor:
    """How unlikely the hottest place of the finding's map, and of the class's, is to be in a box; 0 without boxes.

    Args:
        maps: (batch, outputs, cells, cells).
        batch: as drawn: pixels, classes, output, boxes; the map of no pathology is not asked about.
    """
    seen = avg_pool2d((batch["pixels"] > 0).float(), MAP_CELL)[:, 0] > 0.5
    boxes = batch["boxes"] * seen
    normal, losses = CLASSES.index("no_pathology"), []
    for at in torch.nonzero((batch["output"] >= 0) & (boxes.sum(dim=(1, 2)) >= 1)).flatten().tolist():
        output, of_class = int(batch["output"][at]), int(batch["classes"][at])
        asked = [output] if of_class == normal else [output, of_class]
        heat = maps[at, asked].masked_fill(~seen[at], -1e4).flatten(1).softmax(dim=1)
        losses.append(-(heat * boxes[at].flatten()).sum(dim=1).clamp(min=1e-3).log().mean())
    return torch.stack(losses).sum() / len(maps) if losses else maps.new_zeros(())


def masked_entropy(logits: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy over the findings that are known; both of shape (batch, findings), known 1, 0 or UNKNOWN."""
    sure = (known != UNKNOWN).float()
    total = binary_cross_entropy_with_logits(logits, known.clamp(min=0).float(), weight=sure, reduction="sum")
    return total / sure.sum().clamp(min=1.0)


@torch.inference_mode()
def classify(network: nn.Module, shown: list[Pixels]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Batches of logits (n, outputs) and maps (n, outputs, cells, cells) for crops of which only a region is shown."""
    network.eval()
    found = []
    for start in range(0, len(shown), 32):
        batch = torch.from_numpy(np.stack(shown[start : start + 32])[:, None]).to(device_where(network))
        logits, maps = network(batch.contiguous(memory_format=torch.channels_last))
        found.append((logits.float().cpu().numpy(), maps.float().cpu().numpy()))
    return found
