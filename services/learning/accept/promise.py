"""What the classifier's card promises to a hospital that it has never seen, beside what was found here."""

import json
from pathlib import Path
from typing import Any

from training.figures import Figure
from training.holdout import FILE as HOLDOUT

IN_CARDS = {"macro AUROC": "macro AUROC", "AUROC, normal against abnormal": "AUROC, normal against other"}
"""The kit's name of a figure to the card's."""


def promised(area: Figure, store: Path, version: str) -> str:
    """One sentence.

    Args:
        area: what was found here.
        store: the model store, whose classifier has holdout.json and metrics.json.
        version: of the classifier that answered.
    """
    folder, wanted = store / "classifier", IN_CARDS[area.what]
    runs = _json(folder / HOLDOUT).get("runs", {})
    held_out = [
        float(figure["value"])
        for figures in runs.values()
        for figure in figures
        if figure["what"] == wanted and "trained without" in figure["data"]
    ]
    low, high = area.ci95
    yours = f"here {area.value:.2f} ({low:.2f} to {high:.2f})"
    about = _json(folder / "metrics.json")
    another = f"; the card is of version {about['version']}" if about.get("version", version) != version else ""
    if held_out:
        ends = min(held_out), max(held_out)
        span = f"{ends[0]:.2f} to {ends[1]:.2f}" if len(held_out) > 1 else f"{ends[0]:.2f} (one)"
        return f"The card: {wanted} in sources that it never saw {span}; {yours}: {_place(area, *ends)}{another}."
    known = [each for each in about.get("figures", []) if each["what"] == wanted and each["data"] == "all"]
    if known:
        return (
            f"The card tells of sources that it learned from alone, {wanted} {known[0]['value']:.2f}, "
            f"which promises nothing to others; {yours}{another}."
        )
    return f"The card tells no {wanted}; {yours}{another}."


def _place(area: Figure, low: float, high: float) -> str:
    if area.ci95[1] < low:
        return "surely below"
    return "surely above" if area.ci95[0] > high else "within what the intervals allow"


def _json(path: Path) -> dict[str, Any]:
    """Empty where there is none: a release from elsewhere may have no card."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
