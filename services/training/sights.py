"""What the discriminator's two bodies, which its heads do not change, see of many images; kept from run to run."""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from cxr.networks import Discriminator
from cxr.radiograph import Pixels
from cxr.runtime import traced
from training import augment, gallery, synthetic
from training.compiled import compiled_model
from training.films import Films, beside_laterals, frontal
from training.gallery import INVENTED, Gallery
from training.poses import letterbox
from training.settings import DiscriminatorSettings

Images = Callable[[], Iterator[Pixels]]
Features = NDArray[np.float32]

TARGETS = ("chest", "frontal", "positive", "turned_0", "turned_90", "turned_180", "turned_270")
INVENTED_IMAGES = 200
"""Synthetic images to judge by: the first half for calibration, the second for figures."""


@dataclass(frozen=True)
class Sights:
    """Images, one row each in all four tables."""

    about: pd.DataFrame
    """row of the index (INVENTED for synthetic images), and turns, inverted or, of examples, TARGETS."""

    real: Features
    """The critic's logit, shape (images, 1)."""

    seen: Features
    """Its features, shape (images, SEEN)."""

    known: Features
    """The trunk's features, shape (images, KNOWN)."""

    def where(self, chosen: NDArray[np.bool_]) -> "Sights":
        """Some of the images; chosen is true or false for each."""
        return Sights(
            self.about[chosen].reset_index(drop=True), self.real[chosen], self.seen[chosen], self.known[chosen]
        )


def examples(films: Films, network: Discriminator, cache: Path, settings: DiscriminatorSettings) -> Sights:
    """Augmented images of the training split, the same ones each time, with the heads' TARGETS."""
    drawn = Gallery(films, settings.side, "train")
    count = min(settings.examples, 3 * int((films.rows["split"] == "train").sum()))

    def every() -> Iterator[gallery.Example]:
        random = np.random.default_rng(0)
        return (drawn.draw(random) for _ in range(count))

    def describe() -> pd.DataFrame:
        rows = [(each.row, each.chest, each.frontal, each.positive, *each.turns) for each in every()]
        return pd.DataFrame(rows, columns=["row", *TARGETS])

    source = "".join(inspect.getsource(module) for module in (augment, gallery, synthetic))
    key = _digest(films.digest, "".join(films.rows["split"]), source, str(count), str(settings.side))
    table = cache / f"examples-{key}.csv"
    if not table.exists():
        describe().to_csv(table, index=False)
    about = pd.read_csv(table)
    return _see(about, lambda: (example.pixels[0] for example in every()), network, cache, f"examples-{key}", settings)


def served(films: Films, network: Discriminator, cache: Path, settings: DiscriminatorSettings) -> Sights:
    """Images as serving sends them: see posed."""
    about = posed(films)

    def every() -> Iterator[Pixels]:
        random = np.random.default_rng(1)
        for row, turns, inverted in about.itertuples(index=False):
            if row == INVENTED:
                yield synthetic.synthetic(settings.side, random)
            else:
                yield letterbox(films.pixels[row], turns, inverted, settings.side)

    source = inspect.getsource(synthetic)
    key = _digest(films.digest, about.to_csv(), source, str(settings.side))
    return _see(about, every, network, cache, f"served-{key}", settings)


def posed(films: Films) -> pd.DataFrame:
    """Which images are judged: validation and test films in five poses, all other images and laterals of any split."""
    rows = films.rows
    fronts = films.where(frontal(rows) & rows["split"].isin(["val", "test"]))
    source = frontal(rows) & beside_laterals(rows) & (rows["split"] == "train")
    rest = films.where(~frontal(rows) | source)
    poses = ((0, False), (1, False), (2, False), (3, False), (0, True))
    listed = [(int(row), turns, inverted) for turns, inverted in poses for row in fronts]
    listed += [(int(row), 0, False) for row in rest] + [(INVENTED, 0, False)] * INVENTED_IMAGES
    return pd.DataFrame(listed, columns=["row", "turns", "inverted"])


def _see(
    about: pd.DataFrame, images: Images, network: Discriminator, cache: Path, name: str, settings: DiscriminatorSettings
) -> Sights:
    real, seen = _read(name, images, len(about), _Judge(network), network.critic, cache, settings)
    (known,) = _read(name, images, len(about), _Know(network), network.trunk, cache, settings)
    return Sights(about, real, seen, known)


def _read(
    name: str,
    images: Images,
    count: int,
    body: nn.Module,
    weights: nn.Module,
    cache: Path,
    settings: DiscriminatorSettings,
) -> list[Features]:
    """The body's features of all images, from the cache if it saw them before with these weights."""
    parts = [value.detach().numpy().tobytes() for value in weights.state_dict().values()]
    path = cache / f"{name}-{hashlib.sha256(b''.join(parts)).hexdigest()[:12]}.npz"
    if not path.exists():
        found = _run(images, count, body, settings.side)
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, *found)
        partial.replace(path)
    with np.load(path) as stored:
        return [stored[key] for key in stored.files]


def _run(images: Images, count: int, body: nn.Module, side: int, batch: int = 16) -> list[Features]:
    compiled = compiled_model(traced(body.eval(), side))
    found: list[list[Features]] = [[] for _ in compiled.outputs]
    waiting: list[Pixels] = []
    for position, pixels in enumerate(tqdm(images(), type(body).__name__, count, mininterval=5)):
        waiting.append(pixels)
        if len(waiting) == batch or position == count - 1:
            outputs = compiled(np.stack(waiting)[:, None])
            for values, port in zip(found, compiled.outputs, strict=True):
                values.append(np.array(outputs[port], np.float32))
            waiting = []
    return [np.concatenate(values) for values in found]


class _Judge(nn.Module):
    """The critic alone."""

    def __init__(self, network: Discriminator) -> None:
        super().__init__()
        self.network = network

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.network.judge(pixels)


class _Know(_Judge):
    """The trunk alone."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return self.network.know(pixels)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
