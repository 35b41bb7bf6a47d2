"""Images that are not of a problem: what its gate learns to refuse, and is judged on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxr.number import framed
from training.films import joined, read_image
from vocabulary.problems.problem import Problem

MOST = 60
"""Images of a kind and split that are looked at, drawn at random: a gate needs no more."""

LOOKED_AT = ("train", "val", "test")


@dataclass(frozen=True)
class Strangers:
    """Images with what they show; row i of all belongs together."""

    pixels: NDArray[np.uint8]
    """Shape (images, side, side)."""
    kinds: NDArray[np.str_]
    splits: NDArray[np.str_]

    def part(self, chosen: NDArray[np.bool_]) -> "Strangers":
        """Some of them."""
        return Strangers(self.pixels[chosen], self.kinds[chosen], self.splits[chosen])


def read(problem: Problem, indexes: list[Path]) -> Strangers:
    """Read other films' indexes, as training's other stages have them.

    Raises:
        DataError: one is no index, or an image of it cannot be read.
    """
    rows = joined(indexes)
    rows = rows[rows["split"].isin(LOOKED_AT)]
    shuffled = rows.sample(frac=1.0, random_state=0)
    rows = rows.loc[shuffled.groupby(["kind", "split"]).head(MOST).index.sort_values()]
    paths = [Path(root) / name for root, name in zip(rows["root"], rows["image"], strict=True)]
    pixels = [framed(read_image(path), problem.side) for path in paths]
    return Strangers(np.stack(pixels), _text(rows["kind"]), _text(rows["split"]))


def _text(column: "pd.Series[str]") -> NDArray[np.str_]:
    return column.to_numpy(str)
