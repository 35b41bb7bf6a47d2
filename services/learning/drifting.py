"""Whether the films that come are still like those that judged: else a certificate says nothing of them any more.

What is compared are the probabilities, or the numbers, that a release gives: on the films that judged it, and on the
films of late. It is not compared with the release's reference.json, by which the gateway tells drift from the training
films: a hospital may be far from those from its first film on, and its lesson was judged on its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from imaging.reference import Bins

MIN_FILMS, WINDOW = 200, 500
"""Films before anything is compared, and how many, the last ones, are. Source: the gateway's (gateway.drift)."""

CHANGED = 0.25
"""Population stability index above which films are others. Source: Siddiqi 2006, as in imaging.reference."""

ALPHA = 1e-4
"""Of chance alone, in each quantity at each look: about 1 % over a month of looks."""

Said = Mapping[str, float]
"""What a release says of a film, by quantity: a probability for each class, or a number."""


@dataclass(frozen=True)
class Shift:
    """How far what a release says has moved."""

    quantity: str
    """In words."""
    index: float
    limit: float
    """What the index must be above."""
    films: int

    @property
    def changed(self) -> bool:
        """Whether it is more than the films that judged could explain."""
        return self.index > self.limit

    def __str__(self) -> str:
        return f"{self.quantity} on the last {self.films} films: index {self.index:.2f}, limit {self.limit:.2f}"


def shifts(judged: Mapping[str, NDArray[np.float64]], late: Sequence[Said]) -> Iterator[Shift]:
    """Of each quantity; nothing where there are too few films.

    Args:
        judged: quantity to what the release says of the films that judged it, shape (films,).
        late: what it says of the films of late, the newest last.

    Source:
        Of films that are alike the index is about (1 / n + 1 / m) times a chi-squared number of (bins - 1) degrees
        (Yurdakul and Naranjo 2020): so much more it may be here, since few films judge.
    """
    seen = late[-WINDOW:]
    if len(seen) < MIN_FILMS:
        return
    for quantity, values in judged.items():
        bins = Bins.of(values.tolist())
        found = [bins.bin(film[quantity]) for film in seen if quantity in film]
        counts = np.bincount(found, minlength=len(bins.shares)).tolist()
        chance = float(chi2.isf(ALPHA, max(len(bins.shares) - 1, 1))) * (1 / max(len(found), 1) + 1 / len(values))
        yield Shift(quantity, bins.psi(counts), CHANGED + chance, len(found))
