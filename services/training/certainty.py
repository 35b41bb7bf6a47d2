"""What the answer's possible classes are worth: how often the truth is among them, and how often they are one."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from training.chests import Chests
from training.figures import Figure, by_patient
from vocabulary.conditions import CLASSES

MIN_FILMS = 30
"""Of a source, below which it is not told of by itself."""


def figures(
    chests: Chests, probabilities: NDArray[np.floating], operating_points: Mapping[str, float]
) -> Iterator[Figure]:
    """Of all films and of each source; probabilities of shape (films, classes)."""
    possible = probabilities >= np.array([operating_points.get(name, np.inf) for name in CLASSES])
    covered = possible[np.arange(len(chests)), chests.classes]
    one = possible.sum(axis=1) == 1
    sources = chests.rows["dataset"].to_numpy()
    parts = {"all": np.ones(len(chests), bool)}
    parts |= {str(name): sources == name for name in np.unique(sources) if (sources == name).sum() >= MIN_FILMS}
    for data, part in parts.items():
        for what, right, films in (
            ("the true class is possible", covered, part),
            ("exactly one class is possible", one, part),
            ("right where exactly one class is possible", covered, part & one),
        ):
            if films.any():
                yield _mean(what, data, chests, right, films)


def _mean(what: str, data: str, chests: Chests, right: NDArray[np.bool_], films: NDArray[np.bool_]) -> Figure:
    own = right[films]
    return by_patient(what, data, chests.rows[films], lambda at: float(own[at].mean()))
