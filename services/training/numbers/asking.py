"""What a gauge says of films, as it is served: OpenVINO, both ways."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from torch import Tensor, nn

from cxr import number, runtime
from cxr.backbone import pooled
from cxr.gauge import Gauge

BATCH = 32


@dataclass(frozen=True)
class Said:
    """Of films; row i of both belongs together."""

    chances: NDArray[np.float64]
    """Probabilities, shape (films, groups, numbers)."""
    gate: NDArray[np.float32]
    """Shape (films, 2)."""

    def answers(self, config: dict[str, Any]) -> tuple[NDArray[np.float64], ...]:
        """Mean and spread, each of shape (films, groups)."""
        return number.answers(self.chances, config)


def ask(network: runtime.Network, pixels: NDArray[np.uint8]) -> Said:
    """A served gauge's answers to films (films, side, side)."""
    chances, gates = [], []
    for start in range(0, len(pixels), BATCH):
        part = pixels[start : start + BATCH, None]
        logits, _, gate = network(number.both_ways(part))
        chances.append(number.agreed(logits))
        gates.append(gate[: len(part)])
    return Said(np.concatenate(chances), np.concatenate(gates))


def gates(network: runtime.Network, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a served gauge's gate says of films (films, side, side), (films, 2)."""
    found = [np.zeros((0, 2), np.float32)]
    for start in range(0, len(pixels), BATCH):
        found.append(network(number.one_way(pixels[start : start + BATCH, None]))[2])
    return np.concatenate(found)


class _Features(nn.Module):
    def __init__(self, gauge: Gauge) -> None:
        super().__init__()
        self.gauge = gauge

    def forward(self, pixels: Tensor) -> Tensor:
        _, fine, coarse = self.gauge.look(pixels)
        return pooled(fine, coarse)


def features(gauge: Gauge, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What its gate concludes from, (films, features), of films (films, side, side)."""
    network = openvino.Core().compile_model(runtime.traced(_Features(gauge).eval(), pixels.shape[1]), "CPU")
    found = []
    for start in range(0, len(pixels), BATCH):
        found.append(np.array(network(number.one_way(pixels[start : start + BATCH, None]))[0], np.float32))
    return np.concatenate(found)
