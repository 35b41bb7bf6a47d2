"""Single findings, taught by what readers ticked before they saw the answer: rows of the classifier's last layer.

Each by itself, near the served row and held by the base films, as the classes' rows are. What nobody said of a
finding teaches nothing. Boxes of it may also say where its map is to be warm (learning.marks).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.head import HOLDING, Floats, Head, Lesson
from learning.marks import Mark, asked
from learning.teaching import remembering
from learning.warming import Asked
from training.findings import TRAINED_FINDINGS, UNKNOWN
from training.memory import Memory
from vocabulary.conditions import CLASSES

MIN_FILMS = 15
"""Films on which blind readers ticked a finding, and as many on which they ticked others: below either, its row stays.
Source: a judgement, as for a class (certificates.allowed.CLASS_LABELS)."""

BOX_WEIGHT = 0.3
"""Of a film's boxes of a finding, in labels. Source: docs/learning.md, what boxes are worth."""

Known = NDArray[np.int64]
"""Shape (films, findings that the served classifier was trained for): 1, 0 or UNKNOWN."""


@dataclass(frozen=True)
class Ticked:
    """What one blind reader said of one film."""

    film: int
    names: frozenset[str]
    normal: bool
    """Whether the reader called the film normal."""


def known(said: Iterable[Ticked], films: int, names: Sequence[str] = TRAINED_FINDINGS) -> Known:
    """Which findings each film shows; UNKNOWN where readers differ, or nobody has gone through the list.

    A reader who ticked a finding has gone through the list: what they left is not there. So is nothing on a film that
    they called normal. Lung opacity is a matter of words, and is never told by what was left.
    """
    votes = np.zeros((2, films, len(names)), np.int64)
    for each in said:
        if not each.names and not each.normal:
            continue
        for at, name in enumerate(names):
            there = name in each.names
            if there or each.normal or name != "Lung_Opacity":
                votes[int(there), each.film, at] += 1
    absent, present = votes
    return np.where(present > absent, 1, np.where(absent > present, 0, UNKNOWN))


def taught(
    rows: Head,
    scales: Mapping[str, Mapping[str, float]],
    features: NDArray[np.floating],
    found: Known,
    memory: Memory,
    marks: Sequence[Mark] = (),
    names: Sequence[str] = TRAINED_FINDINGS,
) -> dict[str, tuple[Floats, float]]:
    """Finding to its new row and bias, of those that may be taught.

    Args:
        rows: the served rows, of all names.
        scales: scale and bias of the logits that are reported; others are not taught.
        features: of the films that teach.
        found: of the same films.
        memory: of the base films.
        marks: of boxes on films that teach.
        names: of the findings that the served classifier was trained for.
    """
    made = {}
    for at, name in enumerate(names):
        own = found[:, at]
        others = (own == 0) & (found == 1).any(axis=1)
        if name not in scales or (own == 1).sum() < MIN_FILMS or others.sum() < MIN_FILMS:
            continue
        base, unseen = (_base(memory, at, split) for split in ("train", "val"))
        if min(_classes(base), _classes(unseen)) < 2:
            continue
        scale, bias = scales[name]["scale"], scales[name]["bias"]
        served = rows.weight[at] * scale, float(rows.bias[at]) * scale + bias
        told = own != UNKNOWN
        lesson = lesson_of(features[told], own[told])
        output = len(CLASSES) + at
        where = asked(marks, range(output, output + 1), BOX_WEIGHT)
        weight, logit = row_of(served, lesson, base, unseen, where)
        made[name] = (weight / scale, (logit - bias) / scale)
    return made


def row_of(
    served: tuple[Floats, float], lesson: Lesson, base: Lesson, unseen: Lesson, asked: Asked | None = None
) -> tuple[Floats, float]:
    """A finding's row and bias, taught: near the served ones, of films with and without it.

    Args:
        lesson: from lesson_of, as base and unseen, which are of base films.
        asked: by boxes of it, if any.
    """
    after, _ = remembering(_two(*served), lesson, base, unseen, 1.0, _both(asked))
    return after.weight[1] - after.weight[0], float(after.bias[1] - after.bias[0])


def _two(weight: Floats, bias: float) -> Head:
    """The finding against its absence, as two classes: they stay opposite while they learn."""
    return Head(np.stack([-weight, weight]) / 2, np.array([-bias, bias]) / 2)


def _both(asked: Asked | None) -> Asked | None:
    """What is asked of a finding's row, of both rows of _two: each is half of it, and is asked half."""
    if asked is None:
        return None
    there, absent = np.ones_like(asked.row), np.zeros_like(asked.row)
    return Asked(
        np.concatenate([there, absent]),
        np.concatenate([2 * asked.away, -2 * asked.away]),
        np.tile(asked.weight / 2, 2),
    )


def lesson_of(features: NDArray[np.floating], present: NDArray[np.integer]) -> Lesson:
    """Of films on which a finding is there (1) or not (0)."""
    return Lesson.known(features, present, 2)


def _base(memory: Memory, at: int, split: str) -> Lesson:
    """Base films of which the finding is known: of many, the same ones each time."""
    films = memory.of(split)
    films = films[memory.findings[films, at] != UNKNOWN]
    if len(films) > HOLDING:
        films = np.random.default_rng(0).choice(films, HOLDING, replace=False)
    return lesson_of(memory.features[films], memory.findings[films, at])


def _classes(lesson: Lesson) -> int:
    return int((lesson.targets.sum(axis=0) > 0).sum())
