"""What went into an index and what did not, as Markdown tables."""

from collections.abc import Sequence

from training.layouts.index import Row
from training.layouts.listing import INTERSTITIAL, NOTHING, OTHER, Listing

COUNTS = {
    "images": ("image", None),
    "masks": ("mask", None),
    INTERSTITIAL: ("three_class", INTERSTITIAL),
    OTHER: ("three_class", OTHER),
    NOTHING: ("three_class", NOTHING),
    "no class": ("three_class", ""),
    "train": ("split", "train"),
    "val": ("split", "val"),
    "test": ("split", "test"),
}
"""Columns of the table: which of the index's they count, and what in it; None for whatever there is."""


def summary(rows: Sequence[Row], listings: Sequence[Listing]) -> str:
    """Both tables; the second only if something was left out."""
    text = included(rows)
    skipped = left_out(listings)
    return f"{text}\n\n{skipped}" if skipped else text


def included(rows: Sequence[Row]) -> str:
    """Images of each data set, of each class and in each split; patients are counted if they are known."""
    lines = [["data set", "patients", *COUNTS], ["---", *["---:"] * (len(COUNTS) + 1)]]
    sets = list(dict.fromkeys(row["dataset"] for row in rows))
    for name in sets:
        lines.append([name, *_counts([row for row in rows if row["dataset"] == name])])
    if len(sets) > 1:
        lines.append(["all", *_counts(rows)])
    return _table(lines)


def left_out(listings: Sequence[Listing]) -> str:
    """What was skipped for each reason, and the first of it; empty if nothing was."""
    lines = []
    for listing in listings:
        for why in dict.fromkeys(reason for _, reason in listing.skipped):
            names = [name for name, reason in listing.skipped if reason == why]
            lines.append([listing.dataset, str(len(names)), why, names[0]])
    return _table([["data set", "skipped", "why", "the first"], ["---", "---:", "---", "---"], *lines]) if lines else ""


def _counts(rows: Sequence[Row]) -> list[str]:
    patients = {row["patient_id"] for row in rows} - {""}
    counted = [
        sum(bool(row[column]) if wanted is None else row[column] == wanted for row in rows)
        for column, wanted in COUNTS.values()
    ]
    return [str(len(patients)), *map(str, counted)]


def _table(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
