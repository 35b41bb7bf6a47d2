"""The segmenter stage: where the lungs are."""

import numpy as np
from numpy.typing import NDArray

from cxr import lungs
from cxr.stage import StageHandler
from cxr.wire import Lungs

FIELDS = lungs.LUNG_CONVENTIONS[0]


class SegmenterHandler(StageHandler):
    """A U-Net; its mask is cleaned up to two lungs, and refused where that leaves too little."""

    name = "segmenter"

    def predict(self, pixels: NDArray[np.uint8]) -> list[Lungs]:
        """One lung mask for each radiograph of (batch, 1, side, side)."""
        (logits,) = self.network(pixels)
        channels = [lungs.LUNG_CONVENTIONS.index(name) for name in (self.config["convention"], FIELDS)]
        return [self._lungs(*(1 / (1 + np.exp(-maps[channels])))) for maps in logits]

    def _lungs(self, probability: NDArray[np.float32], of_fields: NDArray[np.float32]) -> Lungs:
        mask = lungs.clean(probability)
        agreed = lungs.agreement(probability, mask)
        least = self.config["thresholds"]
        found = mask.mean() >= least["area_fraction"] and agreed >= least["agreement"]
        quality = lungs.quality(agreed, self.config["quality"])
        return Lungs(mask, quality, "" if found else "lungs_not_found", lungs.clean(of_fields))
