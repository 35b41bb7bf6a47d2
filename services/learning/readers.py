"""Readers' errors, how far they follow the models, and what several of them together say of a film."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vocabulary.conditions import CLASSES

Floats = NDArray[np.float64]

PRIOR_RIGHT, PRIOR_READINGS = 0.85, 20.0
"""What is thought of a reader before the first film: how often right, and how many films that thought is worth."""

CHIEF_RIGHT = 0.98
"""Of an arbitration."""

FOLLOWS, FOLLOWS_FILMS = 0.5, 10.0
"""How often readers who would differ follow the models, before anything is known, and what that thought is worth."""

ROUNDS = 50

CLASS_COUNT = len(CLASSES)


@dataclass(frozen=True)
class Said:
    """One reader's label of one film."""

    film: int
    reader: str
    label: int
    """Position in CLASSES."""
    blind: bool
    """Before the models' answer was shown."""
    arbitration: bool = False
    answered: int | None = None
    """The models' class at that moment, shown or not."""
    sureness: float = 1.0


@dataclass(frozen=True)
class Merged:
    """What the readers say together."""

    films: Floats
    """Shape (films, classes): how likely each class is; all alike where nobody said anything."""
    errors: dict[str, float]
    """Reader to the share of films that they are thought to get wrong."""


def merge(said: Sequence[Said], films: int) -> Merged:
    """All labels, weighed by how often each reader agrees with the others.

    Source:
        Dawid and Skene 1979, by expectation and maximisation, with a Dirichlet prior so that ten films do no harm. The
        models have no vote: what they teach themselves is no label.
    """
    names = sorted({_who(each) for each in said})
    whose = np.array([names.index(_who(each)) for each in said], np.int64)
    film = np.array([each.film for each in said], np.int64)
    label = np.array([each.label for each in said], np.int64)
    prior = np.stack([_prior(CHIEF_RIGHT if name.startswith(CHIEF) else PRIOR_RIGHT) for name in names or [""]])
    confusion = prior / prior.sum(axis=2, keepdims=True)
    shares = np.full(CLASS_COUNT, 1 / CLASS_COUNT)
    likely = np.full((films, CLASS_COUNT), 1 / CLASS_COUNT)
    for _ in range(ROUNDS if said else 0):
        logs = np.tile(np.log(shares), (films, 1))
        np.add.at(logs, film, np.log(confusion[whose, :, label]))
        likely = np.exp(logs - logs.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        counts = prior.copy()
        np.add.at(counts.transpose(0, 2, 1), (whose, label), likely[film])
        confusion = counts / counts.sum(axis=2, keepdims=True)
        shares = likely[np.unique(film)].mean(axis=0) * 0.9 + 0.1 / CLASS_COUNT
    if not said:
        return Merged(likely, {})
    wrong = 1 - np.einsum("t,rtt->r", shares, confusion)
    return Merged(likely, {name: float(each) for name, each in zip(names, wrong, strict=True) if name[:1] != CHIEF})


def targets(said: Sequence[Said], films: int) -> Floats:
    """What each film teaches, shape (films, classes): its readers' labels merged; a single one as it was said.

    Softened by what is thought of its reader, a single label would teach the models to doubt what they know, though
    readers confirm it.
    """
    found = merge(said, films).films
    film = np.array([each.film for each in said], np.int64)
    single = np.flatnonzero(np.bincount(film, minlength=films) == 1)
    label = np.zeros(films, np.int64)
    label[film] = [each.label for each in said]
    found[single] = np.eye(CLASS_COUNT)[label[single]]
    return found


CHIEF = "\0"
"""Begins the name by which an arbitration counts: its reader's other labels are a reader's like any other."""


def _who(said: Said) -> str:
    return f"{CHIEF}{said.reader}" if said.arbitration else said.reader


def _prior(right: float) -> Floats:
    others = (1 - right) / (CLASS_COUNT - 1)
    return PRIOR_READINGS * (np.eye(CLASS_COUNT) * (right - others) + others)


@dataclass(frozen=True)
class Influence:
    """How far readers follow the models."""

    follows: float
    """How often readers who would have differed say what the models say; 0.5 if nothing is known."""
    interval: tuple[float, float]
    """95 %, from the counts."""
    blind: int
    shown: int
    """Labels of films that the models classified, without and with their answer before the reader's eyes."""


def influence(said: Sequence[Said]) -> Influence:
    """From how often labels differ from the models' answer, where it was shown and where it was not."""
    known = [each for each in said if each.answered is not None and not each.arbitration]
    differs = {
        blind: np.array([each.label != each.answered for each in known if each.blind == blind])
        for blind in (True, False)
    }
    if not len(differs[True]) or not len(differs[False]):
        return Influence(FOLLOWS, (0.0, 1.0), len(differs[True]), len(differs[False]))
    random = np.random.default_rng(0)
    own, seen = (random.beta(d.sum() + 0.5, (~d).sum() + 0.5, 4000) for d in (differs[True], differs[False]))
    follows = np.clip(1 - seen / own, 0, 1)
    found = 1 - differs[False].mean() / max(differs[True].mean(), 1e-6)
    count = min(len(differs[True]), len(differs[False]))
    shrunk = (count * float(np.clip(found, 0, 1)) + FOLLOWS_FILMS * FOLLOWS) / (count + FOLLOWS_FILMS)
    low, high = np.percentile(follows, [2.5, 97.5])
    return Influence(shrunk, (float(low), float(high)), len(differs[True]), len(differs[False]))


MAX_WEIGHT = 3.0


def propensity(said: Said, follows: float) -> float:
    """How much a label teaches: one that differs from what the reader saw says more, one that agrees says less.

    Source:
        Horvitz and Thompson 1952, capped.
    """
    if said.blind or said.answered is None:
        return said.sureness
    if said.label != said.answered:
        return said.sureness * min(MAX_WEIGHT, 1 / max(1 - follows, 1e-6))
    return said.sureness * (1 - follows / 2)
