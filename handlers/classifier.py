"""The classifier stage: classes and findings with their probabilities, and where it looked."""

import numpy as np
from numpy.typing import NDArray

from cxr.stage import StageHandler
from cxr.wire import Classification


class ClassifierHandler(StageHandler):
    """Sees a crop of which only the lungs are shown; one map of evidence a class."""

    name = "classifier"

    def predict(self, pixels: NDArray[np.uint8]) -> list[Classification]:
        """One classification for each lung crop of (batch, 1, side, side), 0 where nothing is shown."""
        logits, maps = self.network(pixels)
        names = self.config["classes"]
        classes = logits[:, : len(names)]
        scaled = np.exp((classes - classes.max(axis=1, keepdims=True)) / self.config["temperature"])
        probabilities = scaled / scaled.sum(axis=1, keepdims=True)
        return [
            Classification(
                classes=dict(zip(names, map(float, row), strict=True)),
                findings=self._findings(film[len(names) :]),
                heatmaps=dict(zip(names, np.maximum(heat[: len(names)], 0), strict=True)),
            )
            for film, row, heat in zip(logits, probabilities, maps, strict=True)
        ]

    def _findings(self, logits: NDArray[np.float32]) -> dict[str, float]:
        """The findings that the evaluation found good enough to report; their probabilities in [0, 1]."""
        trained = dict(zip(self.config["trained_findings"], map(float, logits), strict=True))
        return {
            name: float(1 / (1 + np.exp(-(fitted["scale"] * trained[name] + fitted["bias"]))))
            for name, fitted in self.config["findings"].items()
        }
