"""Where readers saw a finding: their boxes, beside the index of the films."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxr.geometry import Square
from training.findings import NIH, TRAINED_FINDINGS
from training.settings import SegmenterSettings

FILE = "boxes.csv"
"""Beside index.csv: image, label, row, column, rows, columns in pixels of the image as stored."""

KINDS = {**{label: names[0] for label, names in NIH.items()}, "opacity": "Lung_Opacity"}
"""Label of a box to the finding that it is of."""

SIDE = SegmenterSettings.side


@dataclass(frozen=True)
class Marked:
    """All boxes of one finding on one film."""

    finding: str
    label: str
    """As the source calls it."""
    boxes: NDArray[np.float64]
    """Shape (boxes, 4): row, column, rows, columns in pixels of the film."""
    output: int
    """The finding's place among those that are learned."""

    def mask(self, shape: tuple[int, int]) -> NDArray[np.uint8]:
        """Shape (256, 256) over the letterboxed film of that shape, 1 is inside a box."""
        whole = Square.whole(shape)
        scale = SIDE / whole.side
        drawn = np.zeros((SIDE, SIDE), np.uint8)
        for row, column, rows, columns in self.boxes:
            top, left = (row - whole.row) * scale, (column - whole.column) * scale
            bottom, right = top + rows * scale, left + columns * scale
            drawn[max(0, round(top)) : max(1, round(bottom)), max(0, round(left)) : max(1, round(right))] = 1
        return drawn


def read_boxes(rows: pd.DataFrame, names: Sequence[str] = TRAINED_FINDINGS) -> dict[int, list[Marked]]:
    """The boxes of the rows of some indexes, by the row's position; nothing of films without a box.

    Args:
        rows: the films.
        names: of the findings that are learned; boxes of others are left out. A finding's own name is a label, too.
    """
    kinds = {label: name for label, name in KINDS.items() if name in names} | {name: name for name in names}
    marked: dict[int, list[Marked]] = {}
    table = beside(rows, FILE)
    if table.empty:
        return marked
    for _, group in table[table["label"].isin(kinds)].groupby(["at", "label"]):
        at, label = int(group["at"].iloc[0]), str(group["label"].iloc[0])
        places = group[["row", "column", "rows", "columns"]].to_numpy(np.float64)
        finding = kinds[label]
        marked.setdefault(at, []).append(Marked(finding, label, places, names.index(finding)))
    return marked


def beside(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of the tables of that name beside the indexes, of their films alone; at is the film's position.

    Args:
        rows: of some indexes, joined.
        name: the file's; nothing comes of an index without it.
    """
    tables = []
    for root in sorted(set(rows["root"])):
        path = Path(root) / name
        if path.exists():
            own = np.flatnonzero((rows["root"] == root).to_numpy())
            films = pd.DataFrame({"image": rows["image"].to_numpy()[own], "at": own})
            tables.append(pd.read_csv(path).merge(films, on="image"))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
