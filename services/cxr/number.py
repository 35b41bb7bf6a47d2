"""From a gauge's votes to a number; what serving and training must agree on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from cxr.radiograph import Pixels

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
