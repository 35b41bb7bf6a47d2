"""What the handlers of all problems whose answer is a number share; they add their name."""

import numpy as np
from numpy.typing import NDArray

from cxr import number
from cxr.stage import StageHandler
from cxr.wire import Measurement


class MeasuringHandler(StageHandler):
    """Looks at a film and at its mirror image, and answers for every group of people at once."""

    def predict(self, pixels: NDArray[np.uint8]) -> list[Measurement]:
        """One measurement for each radiograph of (batch, 1, side, side)."""
        logits, maps, gate = self.network(number.both_ways(pixels))
        films = len(pixels)
        answers = zip(number.agreed(logits), maps[:films], gate[:films], strict=True)
        return [self._measured(*answer) for answer in answers]

    def _measured(
        self, chances: NDArray[np.float64], maps: NDArray[np.float32], gate: NDArray[np.float32]
    ) -> Measurement:
        known = float(number.in_distribution(gate, self.config["gate"]))
        if known < self.config["gate"]["threshold"]:
            return Measurement({}, {}, known, float(gate[0]), self.config["refusal"])
        heats = [number.heat(each, votes) for each, votes in zip(chances, maps, strict=True)]
        heatmaps = dict(zip(self.config["groups"], heats, strict=True))
        return Measurement(number.estimates(chances, self.config), heatmaps, known, float(gate[0]))
