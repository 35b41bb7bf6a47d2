"""The examples from which the discriminator learns: chest films however turned or viewed, and everything else."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from cxr.geometry import Square, sample
from cxr.radiograph import Pixels
from training import augment
from training.films import Films, beside_laterals, chest, frontal, lateral
from training.synthetic import frame, scribble, synthetic

UNKNOWN = -1.0
"""A target that the example does not tell."""

INVENTED = -1
"""The row of an example that is of no film."""


@dataclass(frozen=True)
class Example:
    """One image with what it tells each head."""

    pixels: Pixels
    """Shape (1, side, side)."""

    row: int = INVENTED
    """Of the index."""

    chest: float = 0.0
    frontal: float = UNKNOWN
    positive: float = UNKNOWN
    turns: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """1 for each possible number of quarter turns counter-clockwise; all 0 if unknown."""

    @property
    def plain(self) -> bool:
        """Whether a generator of frontal films might have drawn it: upright and positive."""
        return self.frontal == 1 and self.positive == 1 and self.turns == (1, 0, 0, 0)


class Gallery:
    """Draws augmented examples of one split."""

    SHARES: ClassVar[dict[str, float]] = {
        "frontal": 0.46, "portable": 0.08, "lateral": 0.09, "rotated": 0.02, "other": 0.30, "synthetic": 0.05
    }  # fmt: skip
    """Of the examples drawn. "portable" are the frontal films of the sources that laterals come from."""

    def __init__(self, films: Films, side: int, split: str) -> None:
        self.films, self.side = films, side
        rows, here = films.rows, films.rows["split"] == split
        source = beside_laterals(rows)
        other = ~chest(rows) & (rows["kind"] != "other-radiograph")
        self.pools = {
            "frontal": films.where(here & frontal(rows)),
            "portable": films.where(here & frontal(rows) & source),
            "lateral": films.where(here & lateral(rows)),
            "rotated": films.where(here & (rows["kind"] == "cxr-rotated")),
            "other": films.where(here & other),
        }
        self.weights = {name: self._balance(name, pool) for name, pool in self.pools.items() if len(pool)}
        shares = {name: self.SHARES[name] for name in [*self.weights, "synthetic"]}
        self.shares = {name: share / sum(shares.values()) for name, share in shares.items()}

    def draw(self, random: np.random.Generator) -> Example:
        """One example of any pool."""
        pool = str(random.choice(list(self.shares), p=list(self.shares.values())))
        return Example(synthetic(self.side, random)[None]) if pool == "synthetic" else self.draw_from(pool, random)

    def draw_from(self, pool: str, random: np.random.Generator) -> Example:
        """One example of that pool."""
        row = int(random.choice(self.pools[pool], p=self.weights[pool]))
        pixels = self.films.pixels[row]
        if pool == "other":
            return Example(self._other(pixels, random)[None], row)
        return self._chest(pixels, row, pool, random)

    def _balance(self, name: str, pool: NDArray[np.int64]) -> NDArray[np.float64]:
        """Each data set or kind weighs as the square root of its size, so that the largest does not drown the rest."""
        groups = self.films.rows["kind" if name == "other" else "dataset"].iloc[pool]
        weights = groups.map(groups.value_counts() ** -0.5).to_numpy(np.float64)
        return np.asarray(weights / weights.sum())

    def _chest(self, film: Pixels, row: int, pool: str, random: np.random.Generator) -> Example:
        turns = int(random.integers(1, 4)) if random.random() < 0.4 else 0
        positive = random.random() >= 0.3
        film = film[:, ::-1] if random.random() < 0.3 else film
        film = scribble(frame(film, random), random)
        pixels = self._letterbox(np.rot90(film if positive else 255 - film, turns), random)
        pixels = augment.equalise(augment.expose(pixels, random, 0.8), random)
        pixels = augment.degrade(pixels, random, 0.3, 0.2)
        if random.random() < 0.2:
            pixels = augment.annotate(augment.collimate(pixels, random), random)
        turned = np.roll([0.0, 1.0, 0.0, 1.0] if pool == "rotated" else [1.0, 0.0, 0.0, 0.0], turns)
        return Example(pixels[None], row, 1.0, float(pool != "lateral"), float(positive), tuple(turned))

    def _other(self, image: Pixels, random: np.random.Generator) -> Pixels:
        image = np.rot90(image, int(random.integers(0, 4))) if random.random() < 0.3 else image
        image = 255 - image if random.random() < 0.2 else image
        image = scribble(frame(image, random), random)
        pixels = augment.equalise(augment.expose(self._letterbox(image, random), random, 0.8), random)
        pixels = augment.degrade(pixels, random, 0.25, 0.3)
        return augment.annotate(pixels, random) if random.random() < 0.15 else pixels

    def _letterbox(self, image: Pixels, random: np.random.Generator) -> Pixels:
        """As in serving, after a random crop: chest films and others must not be told apart by their aspect ratio."""
        if random.random() < 0.5:
            rows, columns = (round(size * random.uniform(0.75, 1.0)) for size in image.shape)
            top, left = random.integers(0, image.shape[0] - rows + 1), random.integers(0, image.shape[1] - columns + 1)
            image = image[top : top + rows, left : left + columns]
        square = augment.jitter(Square.whole(image.shape), random, 0.06, 0.12)
        pixels = sample(np.ascontiguousarray(image), square, self.side)
        return augment.warp([pixels], random, 10, 0.12)[0]
