"""What the models answered when a reader spoke, shown to the reader or not."""

import math
from typing import Any

from review.export.words import Row, inert
from vocabulary.conditions import CLASSES

ANSWER = ("ai_label", *(f"ai_{name}" for name in CLASSES))
"""Columns of opinions.csv: the most probable class, and each one's probability."""


def answer_row(classes: Any) -> Row:
    """Empty where there is no answer, as on a refused film, or where another version's does not tell.

    Args:
        classes: of the gateway's JSON, as it was kept.
    """
    told = classes if isinstance(classes, dict) else {}
    known = {str(name): value for name, value in told.items() if _is_probability(value)}
    label = inert(max(known, key=lambda name: known[name])) if known else ""
    return {"ai_label": label} | {f"ai_{name}": f"{known[name]:.4f}" if name in known else "" for name in CLASSES}


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
