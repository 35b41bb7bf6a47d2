"""Other ways to teach, beside ours: with the served body, and a last layer that never saw the hospitals.

No film is needed: the archive's memory has the features of all base films. The body did learn from the hospitals'
films, so gains are others than at a hospital that is new: this tells ways apart, and nothing else.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from learning.head import Head, Lesson, teach
from tests.trials.learn.experiment import Outcome, outcomes
from tests.trials.learn.methods import TRIED
from tests.trials.learn.report import cells
from tests.trials.learn.sites import SITES, Parent, Site, base_films
from training.memory import SPLITS, Memory
from vocabulary.conditions import CLASSES

LABELS = (200,)

SMOOTHING, ANCHOR, FILMS = 0.05, 20.0, 4000
"""Of the last layer that is fitted here: as training smooths labels, near nought, and to so many films."""


def prepare(memory: Path) -> Parent:
    """A last layer of the sources that are no hospitals here."""
    kept = Memory.read(memory)
    count = len(kept.classes)
    every = Site(
        features=kept.features.astype(np.float32),
        classes=kept.classes.astype(np.int64),
        patients=kept.patient.astype(np.int64),
        split=np.array(SPLITS)[kept.split],
        source=kept.source,
        women=np.zeros(count, bool),
        sex_told=np.zeros(count, bool),
        weight=kept.weight.astype(np.float64),
    )
    own = every[~np.isin(every.source, SITES)]
    return Parent(_layer(own), own, {name: every[every.source == name] for name in SITES})


def _layer(own: Site) -> Head:
    train = np.flatnonzero(own.split == "train")
    share = own.weight[train] / own.weight[train].sum()
    chosen: NDArray[np.int64] = np.random.default_rng(0).choice(train, min(FILMS, len(train)), replace=False, p=share)
    known = np.eye(len(CLASSES))[own.classes[chosen]] * (1 - SMOOTHING) + SMOOTHING / len(CLASSES)
    films = Lesson(own.features[chosen].astype(np.float64), known, np.ones(len(chosen)))
    blank = Head(np.zeros((len(CLASSES), films.features.shape[1])), np.zeros(len(CLASSES)))
    return teach(blank, films, films, 1.0, anchor=ANCHOR, replay=0.0)


def measured(memory: Path, draws: int) -> list[Outcome]:
    """Every way and hospital, each draw with other patients."""
    parent = prepare(memory)
    base = base_films(parent)
    return [each for name in parent.sites for each in outcomes(parent, base, name, LABELS, TRIED, draws)]


def lines(found: list[Outcome]) -> list[str]:
    """In Markdown: a row for each hospital and way, and their means."""
    rows = cells(found)
    table = [
        "| hospital | 200 labels taught by | AUROC before | gain | worse in | own test split |",
        "|---|---|---:|---:|---:|---:|",
    ]
    table += [
        f"| {row['site']} | {row['method']} | {row['before']:.3f} | {_gain(row):+.3f} | {row['worse']:.0%} "
        f"| {row['own_before']:.3f}, then {row['own_after']:.3f} |"
        for row in rows
    ]
    for name in dict.fromkeys(row["method"] for row in rows):
        own = [row for row in rows if row["method"] == name]
        gain, worse = (float(np.mean([value(row) for row in own])) for value in (_gain, _worse))
        table.append(f"| **mean** | {name} | | {gain:+.4f} | {worse:.0%} | |")
    return table


def _gain(row: dict[str, float]) -> float:
    return row["after"] - row["before"]


def _worse(row: dict[str, float]) -> float:
    return row["worse"]
