"""The classifier stage: classes with their probabilities, and where it looked."""

import numpy as np
from numpy.typing import NDArray

from cxr.stage import StageHandler
from cxr.wire import Classification


class ClassifierHandler(StageHandler):
    """A DenseNet on the lung crop, with one class activation map a class."""

    name = "classifier"

    def predict(self, pixels: NDArray[np.uint8]) -> list[Classification]:
        """One classification for each lung crop of (batch, 1, side, side)."""
        logits, maps = self.network(pixels)
        scaled = np.exp((logits - logits.max(axis=1, keepdims=True)) / self.config["temperature"])
        probabilities = scaled / scaled.sum(axis=1, keepdims=True)
        names = self.config["classes"]
        return [
            Classification(
                classes=dict(zip(names, map(float, row), strict=True)),
                findings={},
                heatmaps=dict(zip(names, np.maximum(heat, 0), strict=True)),
            )
            for row, heat in zip(probabilities, maps, strict=True)
        ]
