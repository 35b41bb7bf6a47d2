"""From the discriminator's logits to probabilities, and to a refusal that names what is wrong."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxr.wire import Discrimination

EVIDENCE = ("real", "near_seen", "near_known", "chest")
"""What speaks for a chest film, as logits: the GAN's critic, real against drawn; nearness of the critic's and of the
trunk's features to those of known chest films; and a head that learned chest film against anything else."""

HEADS = ("chest", "frontal", "positive", "upright", "turned_90", "turned_180", "turned_270")
"""The learned heads: chest film against anything else; frontal against lateral; positive against inverted polarity;
and how far the film was turned counter-clockwise."""

DISCRIMINATOR_OUTPUTS = (*EVIDENCE[:-1], *HEADS)
"""The discriminator's logits, in order."""

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
        logits: shape (10,), named by DISCRIMINATOR_OUTPUTS.
        config: the stage section of model-config.yaml: in_distribution (weights), scale, thresholds.
    """
    named = {name: float(value) for name, value in zip(DISCRIMINATOR_OUTPUTS, logits, strict=True)}
    mix, scale = config["in_distribution"], config["scale"]
    turned = np.array([named[name] for name in HEADS[-4:]])
    turns = np.exp(scale["upright"] * (turned - turned.max()))
    probabilities = {
        "in_distribution": float(sigmoid(sum(mix[name] * named[name] for name in EVIDENCE) + mix["bias"])),
        "frontal": float(sigmoid(scale["frontal"] * named["frontal"])),
        "upright": float(turns[0] / turns.sum()),
        "positive": float(sigmoid(scale["positive"] * named["positive"])),
    }
    low = (reason for name, reason in REFUSALS if probabilities[name] < config["thresholds"][name])
    return Discrimination(**probabilities, refusal=next(low, ""), nearness=named["near_known"])


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Probabilities, in float64; of whatever logit, without an overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(logits, np.float64), -60, 60))))
