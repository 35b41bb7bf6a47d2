"""What is looked at of a release that is watched: of one that tells classes, and of one that reads a number."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from certificates.certificate import Certificate
from certificates.pairs import Answer
from learning import stopping
from learning.candidate import STORE
from learning.head import Head, as_served, probabilities
from learning.looking import CONFIG
from learning.numbers import stopping as numbers
from learning.numbers.lesson import Lesson
from learning.quantities import named, number_named
from learning.stopping import Both, Rule
from learning.taught import Taught
from training.numbers.course import asked
from vocabulary.conditions import CLASSES
from vocabulary.problems.known import NUMBERS
from vocabulary.problems.problem import Problem

Judged = Mapping[str, NDArray[np.float64]]
"""What a release says of the films that judged it, by quantity, shape (films,) each; empty where nobody knows."""


@dataclass(frozen=True)
class Watched:
    """Of the releases of one problem."""

    quantities: Callable[[Answer], Mapping[str, float]]
    """What an answer says, whose distribution is compared; empty of one that says nothing."""
    told: Callable[[list[Both]], Iterator[str]]
    """Of the films that both answered, for a person."""
    rules: Callable[[list[Both], Certificate], Iterator[Rule]]
    judged: Callable[[Path], tuple[Judged, Judged] | None]
    """What a lesson's candidate and its parent said of the films that judged; None where the lesson has it no more."""
    differs: str
    """What a reader's answer does that counts against a release's."""


def watched(problem: str) -> Watched:
    """What is looked at of its releases."""
    return _number(NUMBERS[problem]) if problem in NUMBERS else CHEST_WATCHED


def _probabilities(answer: Answer) -> Mapping[str, float]:
    return {named(label): value for label, value in (answer.classes or {}).items()}


def _of_head(folder: Path) -> tuple[Judged, Judged] | None:
    taught = Taught.read(folder)
    try:
        config = yaml.safe_load((folder / STORE / "classifier" / CONFIG).read_text())["stage"]
    except OSError:
        return None

    def judged(head: Head | None) -> Judged:
        if head is None:
            return {}
        found = probabilities(as_served(head), taught.judges.features, float(config["temperature"]))
        return {named(label): found[:, at] for at, label in enumerate(CLASSES)}

    return judged(taught.candidate), judged(taught.served)


CHEST_WATCHED = Watched(_probabilities, stopping.told, stopping.rules, _of_head, "say another class")


def _number(problem: Problem) -> Watched:
    number = asked(problem)
    quantity = number_named(number)

    def judged(folder: Path) -> tuple[Judged, Judged]:
        lesson = Lesson.read(folder)
        values = lesson.judges.answered.value
        return {quantity: lesson.correction.of(values, lesson.range)}, {quantity: values}

    return Watched(
        quantities=lambda answer: {quantity: answer.value} if answer.value is not None else {},
        told=lambda found: numbers.told(found, number),
        rules=lambda found, _: numbers.rules(found, number),
        judged=judged,
        differs="lie outside the interval",
    )
