"""From a gauge's votes to a number; what serving and training must agree on."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.gate import sigmoid
from cxr.radiograph import Pixels
from cxr.wire import Estimate

DARKEST, LIGHTEST = 1.0, 99.0
"""Percentiles of a film that become black and white: a burned-in letter must not decide about its contrast."""


def framed(pixels: Pixels, side: int) -> Pixels:
    """A film of any shape as the square (side, side) that such a network learns from: its shape is not kept."""
    method = cv2.INTER_AREA if min(pixels.shape) >= side else cv2.INTER_LINEAR
    return np.ascontiguousarray(cv2.resize(pixels, (side, side), interpolation=method), np.uint8)


def stretched(pixels: Pixels, darkest: float = DARKEST, lightest: float = LIGHTEST) -> Pixels:
    """Grey levels from these percentiles of the film on as black and white; a film of one grey as it is."""
    low, high = np.percentile(pixels, (darkest, lightest))
    if high - low < 1:
        return pixels
    levels = (np.arange(256) - low) * (255 / (high - low))
    return np.asarray(cv2.LUT(pixels, np.clip(levels, 0, 255).astype(np.uint8)), np.uint8)


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of the numbers, along the last axis."""
    raised = np.exp((logits - logits.max(axis=-1, keepdims=True)).astype(np.float64))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def expected(chances: NDArray[np.float64], numbers: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Mean and standard deviation of the numbers, for probabilities (..., numbers)."""
    mean = chances @ numbers
    spread = np.sqrt(np.maximum(chances @ numbers**2 - mean**2, 0.0))
    return mean, spread


def scale(config: Mapping[str, Any]) -> NDArray[np.float64]:
    """The numbers that have probabilities; config is the stage section of a model-config.yaml."""
    numbers = config["numbers"]
    return np.linspace(numbers["lowest"], numbers["highest"], numbers["count"])


def answers(chances: NDArray[np.float64], config: Mapping[str, Any]) -> tuple[NDArray[np.float64], ...]:
    """The numbers that are answered, and their spreads, for probabilities (..., numbers).

    Where readers of a hospital taught the stage a correction, the configuration has it: scale * number + shift. It
    leads to no number that the problem does not have.
    """
    numbers = scale(config)
    mean, spread = expected(chances, numbers)
    if taught := config.get("correction"):
        return corrected(mean, taught, numbers), taught["scale"] * spread
    return mean, spread


def corrected(
    numbers: NDArray[np.float64], by: Mapping[str, float], within: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Numbers by a correction's scale and shift, kept between the first and the last of those that there are."""
    return np.clip(by["scale"] * numbers + by["shift"], within[0], within[-1])


def one_way(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Films (batch, 1, side, side), each stretched."""
    return np.stack([stretched(film[0])[None] for film in pixels])


def both_ways(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the network is shown of films (batch, 1, side, side): each stretched, and then their mirror images."""
    shown = one_way(pixels)
    return np.concatenate([shown, np.ascontiguousarray(shown[..., ::-1])])


def agreed(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities (batch, groups, numbers) of both_ways' logits: the mean over a film and its mirror image."""
    plain, mirrored = np.split(probabilities(logits), 2)
    return np.asarray((plain + mirrored) / 2)


def estimates(chances: NDArray[np.float64], config: Mapping[str, Any]) -> dict[str, Estimate]:
    """Each group's number and interval, of one film's probabilities (groups, numbers)."""
    numbers = scale(config)
    found = {}
    for group, mean, spread in zip(config["groups"], *answers(chances, config), strict=True):
        half = config["interval"][group] * spread
        low, high = max(numbers[0], mean - half), min(numbers[-1], mean + half)
        found[group] = Estimate(float(mean), float(low), float(high))
    return found


def in_distribution(evidence: NDArray[np.float32], mix: Mapping[str, float]) -> NDArray[np.float64]:
    """The probability that films are of those that the problem is about.

    Args:
        evidence: a Gauge's gate, of shape (..., 2).
        mix: the section gate of the stage's configuration.
    """
    near, head = np.moveaxis(np.asarray(evidence, np.float64), -1, 0)
    return sigmoid(mix["near"] * near + mix["head"] * head + mix["bias"])


def heat(chances: NDArray[np.float64], maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where a film votes for its answer more than for other numbers.

    Args:
        chances: probabilities, shape (numbers,).
        maps: votes, shape (numbers, rows, columns).
    """
    return np.asarray(np.maximum(np.tensordot(chances, maps, axes=1) - maps.mean(axis=0), 0), np.float32)
