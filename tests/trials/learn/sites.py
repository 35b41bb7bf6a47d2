"""Simulated hospitals: sources that the parent never saw, as features of its classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from learning.head import Head, Lesson
from tests.trials.learn.methods import Base
from tests.trials.learn.parent import SIDE, trained
from training.chests import Chests
from training.classifier import balance
from training.crops import Crops, read_crops
from training.films import Films, leave_out, read_films
from training.memory import looked_at
from vocabulary.conditions import CLASSES

SITES = ("siim", "shenzhen", "montgomery", "covid-chestxray", "chexpert")
"""Left out of the parent's training, all at once."""

SPLITS = ("train", "val", "test")

REPLAYED = 2000
"""Base films that hold the layer here, or are replayed: half as many as in the product, since there are many fits."""


@dataclass(frozen=True)
class Site:
    """The films of one source, or of all sources that the parent knows."""

    features: NDArray[np.float32]
    classes: NDArray[np.int64]
    patients: NDArray[np.int64]
    split: NDArray[np.str_]
    source: NDArray[np.str_]
    women: NDArray[np.bool_]
    sex_told: NDArray[np.bool_]
    weight: NDArray[np.float64]
    """How often training draws the film."""

    def __getitem__(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Site":
        return Site(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True)
class Parent:
    """A classifier that saw none of the sites."""

    head: Head
    own: Site
    """The films of the sources that it knows."""
    sites: dict[str, Site]


def prepare(indexes: Sequence[Path], cache: Path, segmenter: Path, folder: Path) -> Parent:
    """Train the parent and look at all films; what was done before is read from the folder."""
    films = read_films(indexes, cache)
    kept = folder / f"features-{films.digest[:8]}.npz"
    if not kept.exists():
        _look(films, read_crops(films, segmenter, cache), folder, kept)
    with np.load(kept) as stored:
        values = {name: stored[name] for name in stored.files}
    head = Head(values.pop("head_weight"), values.pop("head_bias"))
    every = Site(**values)
    sites = {name: every[every.source == name] for name in SITES if (every.source == name).any()}
    return Parent(head, every[~np.isin(every.source, SITES)], sites)


def _look(films: Films, crops: Crops, folder: Path, kept: Path) -> None:
    network = trained(leave_out(films, SITES), crops, folder)
    chests = Chests(films, crops, *SPLITS)
    rows = chests.rows
    _, patients = np.unique(rows["patient_id"].to_numpy(str), return_inverse=True)
    layer = {name: value.detach().numpy().astype(np.float64) for name, value in network.maps.named_parameters()}
    partial = kept.with_name(".partial.npz")
    np.savez(
        partial,
        features=looked_at(network, chests, SIDE),
        classes=chests.classes,
        patients=patients,
        split=rows["split"].to_numpy(str),
        source=rows["dataset"].to_numpy(str),
        women=(rows["sex"] == "F").to_numpy(),
        sex_told=(rows["sex"] != "").to_numpy(),
        weight=balance(rows),
        head_weight=layer["weight"][: len(CLASSES), :, 0, 0],
        head_bias=layer["bias"][: len(CLASSES)],
    )
    partial.replace(kept)


def base_films(parent: Parent) -> Base:
    """The base films that hold the layer, drawn as the product draws them, and those of the validation split."""
    own = parent.own
    train = np.flatnonzero(own.split == "train")
    share = own.weight[train] / own.weight[train].sum()
    chosen = train[np.random.default_rng(0).choice(len(train), REPLAYED, replace=False, p=share)]
    return Base(_lesson(own[chosen]), _lesson(own[own.split == "val"]))


def _lesson(films: Site) -> Lesson:
    return Lesson.known(films.features, films.classes, len(CLASSES))
