"""What is tuned to the hospital: derived on one half of its patients, judged on the other half."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.accept.figures import ALL, CALIBRATION_ERROR, ROUNDS, measured
from learning.accept.site import Site, words
from learning.calibration import calibrate
from learning.head import Head, Lesson, probabilities
from training.figures import Figure, share
from training.statistics import calibration_error, operating_point

SENSITIVITY = 0.90
"""That local operating points are to have. Source: the shipped ones, which find 90 % of each class."""

COVERED = 0.90
"""Of the films of each class, those among whose possible classes the true one is to be. Source: as SENSITIVITY."""

HALF = "the half that judges"

LEAST = 1e-6
"""A probability below is taken for this one: its logarithm is needed, and answers have few digits."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Point:
    """An operating point of one class, as shipped and local, with what both are worth on the half that judges."""

    name: str
    shipped: float | None
    local: float
    all_sensitivity: Figure
    """At the shipped point, of all films of the class: none of them chose it."""
    specificities: tuple[Figure, Figure]
    """At the shipped point and at the local one."""
    figures: list[Figure]
    """Everything, to be told."""


@dataclass(frozen=True)
class Calibration:
    """The four numbers (three with two classes): log-probabilities are multiplied, and then moved."""

    scale: float
    shifts: dict[str, float]
    figures: list[Figure]


def halve(site: Site, seed: int = 0) -> tuple[Mask, Mask]:
    """Films of the patients who tune, and of those who judge. Each class is halved, so that both halves have it."""
    _, first, codes = np.unique(site.patients, return_index=True, return_inverse=True)
    judges = np.zeros(len(first), bool)
    random = np.random.default_rng(seed)
    for label in range(len(site.names)):
        own = random.permutation(np.flatnonzero(site.truth[first] == label))
        judges[own[::2]] = True
    judging = judges[codes]
    return ~judging, judging


def points(site: Site, tuning: Mask, judging: Mask) -> Iterator[Point]:
    """Of every class that there is in both halves."""
    for at, name in enumerate(site.names):
        own = site.truth == at
        if not (own & tuning).any() or not (own & judging).any() or own[judging].all():
            continue
        local = operating_point(site.probabilities[own & tuning, at], SENSITIVITY)
        called = {"shipped": site.possible[:, at], "local": site.probabilities[:, at] >= local}
        found = {
            how: (
                share(f"sensitivity for {words(name)}, {how} point", HALF, each[own & judging]),
                share(f"specificity for {words(name)}, {how} point", HALF, ~each[~own & judging]),
            )
            for how, each in called.items()
        }
        overall = [
            share(f"sensitivity for {words(name)}, shipped point", ALL, called["shipped"][own]),
            share(f"specificity for {words(name)}, shipped point", ALL, ~called["shipped"][~own]),
        ]
        specificities = (found["shipped"][1], found["local"][1])
        told = [*overall, *found["shipped"], *found["local"]]
        yield Point(name, site.shipped.get(name), local, overall[0], specificities, told)


def local_calibration(site: Site, tuning: Mask, judging: Mask, rounds: int = ROUNDS) -> Calibration:
    """Fitted as a lesson with few labels is (learning.calibration): log-probabilities are logits."""
    logits, count = np.log(np.maximum(site.probabilities, LEAST)), len(site.names)
    lesson = Lesson.known(logits[tuning], site.truth[tuning], count)
    fitted = calibrate(Head(np.eye(count), np.zeros(count)), lesson, temperature=1.0)
    moved = Site(
        site.names, site.truth, probabilities(fitted, logits, 1.0), site.possible, site.patients, {}, site.shipped
    )
    figures = [
        measured(each, f"{CALIBRATION_ERROR}{how}", HALF, calibration_error, judging, rounds, biased=True)
        for each, how in ((site, ""), (moved, ", calibrated on the other half"))
    ]
    shifts = {name: round(float(value), 4) for name, value in zip(site.names, fitted.bias, strict=True)}
    return Calibration(round(float(fitted.weight[0, 0]), 4), shifts, figures)


def conformal_threshold(scores: NDArray[np.float64], covered: float = COVERED) -> float:
    """The probability from which a class is possible, so that it is for this share of its films to come, at least.

    Args:
        scores: the class's probability for each of its films, at least one.
        covered: in (0, 1).

    Returns:
        0 where the films are too few to promise that.

    Source:
        Label-conditional split conformal prediction, Vovk 2012; Sadinle, Lei and Wasserman 2019.
    """
    rank = int(np.ceil((len(scores) + 1) * covered))
    return float(np.sort(scores)[-rank]) if rank <= len(scores) else 0.0


def coverage(site: Site, tuning: Mask, judging: Mask) -> Iterator[Figure]:
    """Shipped and local possible classes: how often the true one is among them, and how often they are one."""
    local = np.zeros_like(site.possible)
    for at in range(len(site.names)):
        own = tuning & (site.truth == at)
        threshold = conformal_threshold(site.probabilities[own, at]) if own.any() else 0.0
        local[:, at] = site.probabilities[:, at] >= threshold
    for how, possible in (("shipped", site.possible), ("local", local)):
        for at, name in enumerate(site.names):
            own = judging & (site.truth == at)
            if own.any():
                yield share(f"{words(name)} is possible where it is so, {how}", HALF, possible[own, at])
        yield share(f"exactly one class is possible, {how}", HALF, possible[judging].sum(axis=1) == 1)
