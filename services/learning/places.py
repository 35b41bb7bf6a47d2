"""A film place by place, as the classifier sees it before its last layer: a row's heat, and the features of a part."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import avg_pool2d, interpolate

from cxr.classifier import MAP_CELL, Evidence
from cxr.radiograph import Pixels
from training.memory import BATCH, batched

Floats = NDArray[np.float64]

Cells = NDArray[np.float64]
"""Shape (cells, cells): numbers over the classifier's square, one a cell of its maps."""


@dataclass(frozen=True)
class Places:
    """One film."""

    features: NDArray[np.float32]
    """Shape (width, cells / 2, cells / 2)."""
    shown: Cells
    """How much of each cell the classifier is shown, in [0, 1]."""

    @property
    def counted(self) -> Cells:
        """How much each cell counts, with a mean of 1: as Classifier.counted."""
        return np.asarray(self.shown / max(float(self.shown.mean()), 1e-3))

    def heat(self, row: Floats, bias: float) -> Cells:
        """The map that a row of the last layer makes, as Classifier.forward; its mean is the logit."""
        evidence = np.tensordot(row, self.features.astype(np.float64), 1) + bias
        return np.asarray(_finer(evidence[None])[0] * self.counted)

    def mean(self, part: Cells) -> Floats:
        """The features of a part, shape (width,): a row's mean evidence there is its product with them.

        Args:
            part: how much of each cell is in it; something of it must be shown.
        """
        weight = part * self.shown
        fine = _finer(self.features.astype(np.float64))
        return np.asarray((fine * weight).sum(axis=(1, 2)) / weight.sum())


def _finer(coarse: Floats) -> Floats:
    """As the network: (n, side, side) to twice the side."""
    finer = interpolate(torch.from_numpy(coarse)[None], scale_factor=2.0, mode="bilinear", align_corners=False)
    return np.asarray(finer[0].numpy())


def places(network: Evidence, shown: Iterable[Pixels]) -> Iterator[Places]:
    """What a network sees of films.

    Args:
        shown: what the classifier is shown of each, shape (side, side).
    """
    for some in batched(shown, BATCH):
        pixels = torch.from_numpy(np.stack(some)[:, None]).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode():
            features, mask = network.features(pixels)
            parts = avg_pool2d(mask, MAP_CELL)[:, 0]
        for own, part in zip(features.float(), parts.double(), strict=True):
            yield Places(own.contiguous().numpy(), part.numpy())
