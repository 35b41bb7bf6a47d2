"""What the films were like that the models learned from, and how far others are from them.

Training writes it (python -m training reference), and the gateway compares what it assesses with it.
"""

import bisect
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

BINS = 10
"""Of each quantity, with as many of the training films in each. Source: the usual number for the index below."""

SCORES = ("in_distribution", "frontal", "nearness", "quality", "area_fraction")
"""What is compared of every answer beside the probability of each class: the discriminator's first three, then those
of the lungs. They are named as in the public API."""


@dataclass(frozen=True)
class Bins:
    """How one quantity was distributed."""

    edges: tuple[float, ...]
    """Upper ends of all bins but the last, which has none; a value on an edge is below it."""
    shares: tuple[float, ...]
    """Of the films, one more than edges."""
    films: int
    """Of which the quantity was known."""

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Bins that hold about as many of the values each; fewer than BINS where many values are alike."""
        quantiles = np.quantile(values, np.arange(1, BINS) / BINS)
        edges = tuple(sorted({float(f"{edge:.4g}") for edge in quantiles}))
        counts = np.bincount([bisect.bisect_left(edges, value) for value in values], minlength=len(edges) + 1)
        kept = [at for at, count in enumerate(counts) if count or at == len(edges)]  # rounding may empty a bin
        edges = tuple(edges[at] for at in kept if at < len(edges))
        return cls(edges, tuple(round(float(counts[at]) / len(values), 6) for at in kept), len(values))

    def bin(self, value: float) -> int:
        """Where a value belongs."""
        return bisect.bisect_left(self.edges, value)

    def psi(self, counts: Sequence[int]) -> float:
        """The population stability index of films counted in these bins against these shares; 0 where they agree.

        Half a film is added to every bin, so that an empty one is far off and not infinitely far.

        Source:
            Siddiqi, Credit Risk Scorecards (2006): the index, and that up to 0.1 is no change and above 0.25 is one.
        """
        total = sum(counts) + len(counts) / 2
        pairs = zip(((count + 0.5) / total for count in counts), self._filled(), strict=True)
        return sum((now - then) * math.log(now / then) for now, then in pairs)

    def _filled(self) -> list[float]:
        total = self.films + len(self.shares) / 2
        return [(share * self.films + 0.5) / total for share in self.shares]


@dataclass(frozen=True)
class Reference:
    """How every quantity was distributed over a sample of the training films."""

    about: dict[str, Any]
    """The command that made it, the films that it was made of, and the weights that answered."""
    scores: dict[str, Bins]
    """Of SCORES and the classes; where a problem asks for a number, of its unit, in_distribution and nearness."""
    image: dict[str, Bins]
    """Of imaging.grey.LEVELS: of a chest film itself, and of the square that a number's stage is sent."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """What write wrote.

        Raises:
            ValueError: the file is another one.
        """
        try:
            stored = json.loads(path.read_text())
            return cls(stored["about"], _bins(stored["scores"]), _bins(stored["image"]))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is no reference") from error

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def _bins(stored: dict[str, dict[str, Any]]) -> dict[str, Bins]:
    return {
        name: Bins(tuple(each["edges"]), tuple(each["shares"]), int(each["films"])) for name, each in stored.items()
    }
