"""A hospital's films with what the release says of them, as arrays."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from learning.accept.asking import Answer
from learning.accept.truth import TWO_CLASSES, Truth
from learning.errors import LearningError
from training.statistics import Interval
from vocabulary.conditions import CLASSES

NORMAL = CLASSES.index("no_pathology")


class Counts(BaseModel):
    """What was sent, and what came of it."""

    model_config = ConfigDict(frozen=True)

    films: int
    patients: int
    frontal: int
    """Films whose view is not said to be lateral."""
    classes: dict[str, int]
    """Of frontal films, by the truth."""
    judged: dict[str, int]
    """Of frontal films that were assessed."""
    refused: dict[str, tuple[int, int]]
    """By reason: all films, and the frontal ones among them."""
    failed: dict[str, int]
    """By the gateway's code."""
    without_answer: int
    """Frontal films that were refused or failed."""
    laterals_assessed: int


@dataclass(frozen=True)
class Site:
    """The frontal films that were assessed."""

    names: tuple[str, ...]
    truth: NDArray[np.int64]
    """Shape (films,): positions in names."""
    probabilities: NDArray[np.float64]
    """Shape (films, names)."""
    possible: NDArray[np.bool_]
    """Shape (films, names): what the release calls possible at its shipped operating points."""
    patients: NDArray[np.int64]
    groups: dict[str, NDArray[np.bool_]]
    shipped: dict[str, float]
    """Operating points by name; abnormal has none of its own, as it is possible where one of two classes is."""

    def __len__(self) -> int:
        return len(self.truth)


@dataclass(frozen=True)
class Times:
    """Seconds a film as the client sees it, of assessed films that the gateway computed."""

    films: int
    p50: float
    p95: float


def models_of(answers: list[Answer]) -> dict[str, str]:
    """Stage to version.

    Raises:
        LearningError: two releases answered, so that figures would be of neither.
    """
    versions: dict[str, set[str]] = {}
    for answer in answers:
        for stage, version in answer.models.items():
            versions.setdefault(stage, set()).add(version)
    mixed = [f"{stage} {' and '.join(sorted(found))}" for stage, found in versions.items() if len(found) > 1]
    if mixed:
        raise LearningError(
            f"two releases answered ({', '.join(mixed)}): end the canary, or read all films anew with another --out"
        )
    return {stage: next(iter(found)) for stage, found in versions.items()}


def count(truth: Truth, answers: list[Answer]) -> Counts:
    """What was sent, and what came of it; answers in the order of the films."""
    both = list(zip(truth.films, answers, strict=True))
    frontal = [(film, answer) for film, answer in both if not film.lateral]
    refused = Counter(answer.reason or "" for _, answer in both if answer.outcome == "refused")
    among = Counter(answer.reason or "" for _, answer in frontal if answer.outcome == "refused")
    failed = Counter(answer.reason or "" for _, answer in both if answer.outcome == "failed")
    assessed = [film for film, answer in frontal if answer.outcome == "assessed"]
    return Counts(
        films=len(both),
        patients=len({film.patient for film in truth.films}),
        frontal=len(frontal),
        classes=_of_each(truth.names, [film.label for film, _ in frontal]),
        judged=_of_each(truth.names, [film.label for film in assessed]),
        refused={reason: (number, among[reason]) for reason, number in refused.most_common()},
        failed=dict(failed.most_common()),
        without_answer=len(frontal) - len(assessed),
        laterals_assessed=sum(film.lateral and answer.outcome == "assessed" for film, answer in both),
    )


def _of_each(names: tuple[str, ...], labels: list[int]) -> dict[str, int]:
    return {name: labels.count(at) for at, name in enumerate(names)}


def site_of(truth: Truth, answers: list[Answer]) -> Site:
    """Frontal films that were assessed, at least one.

    Raises:
        LearningError: the release tells other classes than these.
    """
    pairs = [
        (film, answer)
        for film, answer in zip(truth.films, answers, strict=True)
        if answer.outcome == "assessed" and not film.lateral
    ]
    if any(set(answer.classes or ()) != set(CLASSES) for _, answer in pairs):
        raise LearningError(f"the release tells other classes than {', '.join(CLASSES)}")
    three = np.array([[(answer.classes or {})[name] for name in CLASSES] for _, answer in pairs], np.float64)
    points = pairs[0][1].operating_points
    possible = three >= np.array([points.get(name, np.inf) for name in CLASSES])
    shipped = {name: points[name] for name in CLASSES if name in points}
    if truth.names == TWO_CLASSES:
        shipped = {TWO_CLASSES[1]: shipped[CLASSES[NORMAL]]} if CLASSES[NORMAL] in shipped else {}
        possible = np.stack([np.delete(possible, NORMAL, axis=1).any(axis=1), possible[:, NORMAL]], axis=1)
        three = np.stack([1 - three[:, NORMAL], three[:, NORMAL]], axis=1)
    groups = sorted({name for film, _ in pairs for name in film.groups})
    return Site(
        names=truth.names,
        truth=np.array([film.label for film, _ in pairs], np.int64),
        probabilities=three,
        possible=possible,
        patients=np.array([film.patient for film, _ in pairs], np.int64),
        groups={name: np.array([name in film.groups for film, _ in pairs]) for name in groups},
        shipped=shipped,
    )


def times(answers: list[Answer]) -> Times | None:
    """None where the gateway computed no film: it knew all of them already."""
    seconds = [
        answer.seconds
        for answer in answers
        if answer.outcome == "assessed" and not answer.cached and answer.seconds is not None
    ]
    if not seconds:
        return None
    p50, p95 = np.percentile(seconds, [50, 95])
    return Times(len(seconds), round(float(p50), 3), round(float(p95), 3))


def words(name: str) -> str:
    """As people read it."""
    return name.replace("_", " ")


def apart(one: Interval, other: Interval) -> bool:
    """Whether two intervals have nothing in common."""
    return one[1] < other[0] or other[1] < one[0]
