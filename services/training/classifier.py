"""Training of the classifier on what serving shows it: the lungs that the trained segmenter finds, and no more."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from cxr import lungs
from cxr.backbone import Trunk
from cxr.networks import Classifier
from cxr.radiograph import Pixels
from training import augment
from training.chests import UNKNOWN, Chest, Chests, Mask
from training.course import averaged, channels_last, depthwise_in_float32, learn, mixed_precision
from training.crops import Crops
from training.films import LUNGS_ONLY, OUTPUTS, TRAINED_FINDINGS, Films
from training.pretrained import load_imagenet
from training.settings import ClassifierSettings
from training.statistics import area_under_curve
from vocabulary.conditions import CLASSES

SOURCE_SIZE_EXPONENT = 0.8
"""A source of n films is drawn n to this power times as often as one of one film: the adults' sets are small."""

LUNGS_ONLY_WEIGHT = 0.5
"""How often a lungs-only film is drawn, against a whole film of a source of that size."""

FINDINGS_WEIGHT = 0.5
"""Of the findings' loss, against that of the classes."""

BLANKED_SHARE = 0.05
"""Share of examples with the lungs painted over, whose classes must come out as likely as any: so the network learns
that neither the lungs' outline nor what is around them tells anything."""


class ClassifierCourse:
    """Draws every class of a source and view as often as the others, so that neither tells anything about the class.

    Args:
        lungs_only: further films, of which only the lungs are left.
    """

    def __init__(
        self, films: Films, crops: Crops, settings: ClassifierSettings, lungs_only: Films | None = None
    ) -> None:
        self.settings, self.rate = settings, settings.rate
        self.network = channels_last(Classifier(OUTPUTS, settings.body))
        if isinstance(self.network.trunk, Trunk):
            load_imagenet(self.network.trunk)
        self.average = averaged(self.network)
        depthwise_in_float32(self.network)
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        optimiser = torch.optim.AdamW(self.network.parameters(), settings.rate, weight_decay=0.02)
        self.optimisers: dict[str, torch.optim.Optimizer] = {"network": optimiser}
        self.chests = Chests(films, crops, "train", lungs_only)
        self.unseen = Chests(films, crops, "val")
        self.weights = self._balance()
        self.side = settings.coarse_side

    def steps(self, epoch: int) -> int:
        """How many steps the epoch has."""
        fine = epoch >= self.settings.epochs - self.settings.fine_epochs
        self.side = self.settings.side if fine else self.settings.coarse_side
        return max(1, self.settings.samples // self.settings.batch)

    def step(self, epoch: int, random: np.random.Generator) -> dict[str, float]:
        """Learn from one batch."""
        drawn = random.choice(len(self.chests), self.settings.batch, p=self.weights)
        blanked = random.random(len(drawn)) < (1.0 if self.settings.blank else BLANKED_SHARE)
        shown = [self._example(int(i), bool(blank), random) for i, blank in zip(drawn, blanked, strict=True)]
        pixels = torch.from_numpy(np.stack(shown)[:, None]).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            logits, _ = self.network(pixels)
        targets = self._targets(drawn, blanked & (not self.settings.blank))
        classes, findings = logits.float().split([len(CLASSES), len(TRAINED_FINDINGS)], dim=1)
        loss = cross_entropy(classes, targets, label_smoothing=self.settings.smoothing)
        loss = loss + FINDINGS_WEIGHT * masked_entropy(findings, torch.from_numpy(self.chests.findings[drawn]))
        learn(self, "network", loss)
        right = (classes.argmax(dim=1).numpy() == self.chests.classes[drawn]).mean()
        return {"loss": float(loss.detach()), "right": float(right)}

    def validate(self) -> dict[str, float]:
        """Macro AUROC on the validation split, pooled and within the source that has all classes."""
        if not len(self.unseen):
            return {}
        found = classify(self.average.module, [self.unseen[i].shown(self.side) for i in range(len(self.unseen))])
        logits, truth = np.concatenate([part for part, _ in found])[:, : len(CLASSES)], self.unseen.classes
        figures = {"auroc": area_under_curve(truth, logits)}
        for name in ("kermany", "nih"):
            own = (self.unseen.rows["dataset"] == name).to_numpy()
            if own.any():
                figures[f"auroc_{name}"] = area_under_curve(truth[own], logits[own])
        return figures

    def _balance(self) -> NDArray[np.float64]:
        rows = self.chests.rows
        by_view = rows["dataset"].isin(["nih", "rsna-lungs"])
        source = rows["dataset"] + rows["view"].str[:2].where(by_view, "")
        sizes = source.map(source.value_counts() ** SOURCE_SIZE_EXPONENT)
        classes = source.map(rows["three_class"].groupby(source).nunique())
        alike = rows["image"].groupby([source, rows["three_class"]]).transform("count")
        rare = np.where(rows["kind"] == LUNGS_ONLY, LUNGS_ONLY_WEIGHT, 1.0)
        weights = (rare * sizes / classes / alike).to_numpy(np.float64)
        return np.asarray(weights / weights.sum())

    def _targets(self, drawn: NDArray[np.int64], blanked: NDArray[np.bool_]) -> Tensor:
        sure = np.eye(len(CLASSES), dtype=np.float32)[self.chests.classes[drawn]]
        return torch.from_numpy(np.where(blanked[:, None], np.float32(1 / len(CLASSES)), sure))

    def _example(self, index: int, blank: bool, random: np.random.Generator) -> Pixels:
        chest = self.chests[index]
        square = augment.jitter(chest.square, random, 0.06, 0.12)
        pixels, region = chest.crop(square, self.side), chest.within(chest.region, square, self.side)
        if blank:
            pixels = paint_over(pixels, chest.within(chest.mask, square, self.side))
        if self.settings.blank:
            region = np.ones_like(region)
        elif random.random() < 0.3:
            region = self._cut(region, random)
        pixels, region = augment.warp([pixels, region * np.uint8(255)], random, 10, 0.1)
        if random.random() < 0.5:
            pixels, region = np.ascontiguousarray(pixels[:, ::-1]), np.ascontiguousarray(region[:, ::-1])
        pixels = augment.equalise(augment.expose(pixels, random), random)
        return lungs.shown(augment.degrade(pixels, random, 0.3, 0.35), (region > 127).astype(np.uint8))

    def _cut(self, region: Mask, random: np.random.Generator) -> Mask:
        """The region within another film's lungs, so that holes and outlines tell nothing about the class."""
        other: Chest = self.chests[int(random.integers(len(self.chests)))]
        cut = region & other.within(other.region, other.square, self.side)
        return cut if cut.sum() > 0.4 * region.sum() else region


def paint_over(pixels: Pixels, mask: Mask) -> Pixels:
    """The crop with its lungs in one grey: their median."""
    grey = int(np.median(pixels[mask > 0])) if mask.any() else 127
    return np.asarray(np.where(mask > 0, np.uint8(grey), pixels), np.uint8)


def masked_entropy(logits: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy over the findings that are known; both of shape (batch, findings), known 1, 0 or UNKNOWN."""
    sure = (known != UNKNOWN).float()
    total = binary_cross_entropy_with_logits(logits, known.clamp(min=0).float(), weight=sure, reduction="sum")
    return total / len(logits) / logits.shape[1]


@torch.inference_mode()
def classify(network: nn.Module, shown: list[Pixels]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Batches of logits (n, outputs) and maps (n, outputs, cells, cells) for crops of which only a region is shown."""
    network.eval()
    found = []
    for start in range(0, len(shown), 32):
        batch = torch.from_numpy(np.stack(shown[start : start + 32])[:, None])
        logits, maps = network(batch.contiguous(memory_format=torch.channels_last))
        found.append((logits.float().numpy(), maps.float().numpy()))
    return found
