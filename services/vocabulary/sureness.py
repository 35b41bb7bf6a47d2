"""How sure a reader says they are, and what a label may weigh by that."""

from typing import Literal

Sureness = Literal["unsure", "probable", "sure"]
SURENESS: tuple[Sureness, ...] = ("unsure", "probable", "sure")
"""The least sure first."""

UNSTATED = 0.75
"""What a label weighs whose reader did not say."""

_WEIGHTS = {"sure": 1.0, "probable": 0.75, "unsure": 0.5}
"""Source: a judgement, no measurement."""


def weight(sureness: str | None) -> float:
    """How much a label may weigh in training, 1 at most."""
    return _WEIGHTS.get(sureness or "", UNSTATED)
