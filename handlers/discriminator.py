"""The discriminator stage: is this a frontal chest film as the next stages know them?"""

import numpy as np
from numpy.typing import NDArray

from cxr.gate import judge
from cxr.stage import StageHandler
from cxr.wire import Discrimination


class DiscriminatorHandler(StageHandler):
    """A GAN's discriminator; what it refuses, it names."""

    name = "discriminator"

    def predict(self, pixels: NDArray[np.uint8]) -> list[Discrimination]:
        """One discrimination for each radiograph of (batch, 1, side, side)."""
        (logits,) = self.network(pixels)
        return [judge(row, self.config) for row in logits]
