"""From the discriminator's logits to probabilities, and to a refusal that names what is wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxr.wire import Discrimination

DISCRIMINATOR_OUTPUTS = ("real", "chest", "frontal", "positive", "upright", "turned_90", "turned_180", "turned_270")
"""The discriminator's logits, in order: the GAN's real against generated; chest film against anything else; frontal
against lateral; positive against inverted polarity; and how far the film was turned counter-clockwise."""

REFUSALS = (
    ("in_distribution", "not_a_chest_radiograph"),
    ("positive", "inverted"),
    ("upright", "rotated"),
    ("frontal", "lateral_view"),
)
"""Which probability refuses as what, in the order of asking: the first that is too low is named."""


def judge(logits: NDArray[np.float32], config: dict[str, Any]) -> Discrimination:
    """What the discriminator says of one radiograph.

    Args:
        logits: shape (8,), named by DISCRIMINATOR_OUTPUTS.
        config: the stage section of model-config.yaml: in_distribution (weights), scale, thresholds.
    """
    real, chest, frontal, positive, *turned = (float(value) for value in logits)
    mix, scale = config["in_distribution"], config["scale"]
    turns = np.exp(scale["upright"] * (np.array(turned) - max(turned)))
    probabilities = {
        "in_distribution": _sigmoid(mix["real"] * real + mix["chest"] * chest + mix["bias"]),
        "frontal": _sigmoid(scale["frontal"] * frontal),
        "upright": float(turns[0] / turns.sum()),
        "positive": _sigmoid(scale["positive"] * positive),
    }
    low = (reason for name, reason in REFUSALS if probabilities[name] < config["thresholds"][name])
    return Discrimination(**probabilities, refusal=next(low, ""))


def _sigmoid(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -60, 60))))
