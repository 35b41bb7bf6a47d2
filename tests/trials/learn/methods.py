"""What may be done with a hospital's labels: ours, and what others do."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learning.head import Head, Lesson, calibrate, remembering, teach
from tests.trials.learn.choosing import Labelled, Rule, chosen

Method = Callable[[Head, Labelled, "Base"], Head]
"""Of the served layer, the lesson and the base films."""


@dataclass(frozen=True)
class Base:
    """The base films: those that are replayed, and others."""

    replayed: Lesson
    others: Lesson


def nothing(served: Head, lesson: Labelled, base: Base) -> Head:
    """The parent."""
    return served


def calibration(served: Head, lesson: Labelled, base: Base) -> Head:
    """Four numbers."""
    return calibrate(served, lesson, 1.0)


def new_head(served: Head, lesson: Labelled, base: Base) -> Head:
    """A new layer that sees the hospital's labels alone, as scikit-learn would fit it."""
    blank = Head(np.zeros_like(served.weight), np.zeros_like(served.bias))
    return teach(blank, lesson, base.replayed, 1.0, anchor=1.0, replay=0.0)


def fine_tuning(served: Head, lesson: Labelled, base: Base) -> Head:
    """On from the served layer, on the hospital's labels alone."""
    return teach(served, lesson, base.replayed, 1.0, anchor=0.1, replay=0.0)


def anchored(served: Head, lesson: Labelled, base: Base) -> Head:
    """Near the served layer, without the base films."""
    return teach(served, lesson, base.replayed, 1.0, replay=0.0)


def ours(served: Head, lesson: Labelled, base: Base) -> Head:
    """As `python -m learning teach`."""
    return remembering(served, lesson, base.replayed, base.others, 1.0)[0]


def replayed_once(served: Head, lesson: Labelled, base: Base) -> Head:
    """Ours, but base films weigh as much as the hospital's, whatever is forgotten."""
    return teach(served, lesson, base.replayed, 1.0, replay=1.0)


def replayed_thrice(served: Head, lesson: Labelled, base: Base) -> Head:
    """The same, but they weigh three times as much."""
    return teach(served, lesson, base.replayed, 1.0, replay=3.0)


def average(served: Head, lesson: Labelled, base: Base) -> Head:
    """Half-way between fine-tuned and served."""
    tuned = fine_tuning(served, lesson, base)
    return Head((tuned.weight + served.weight) / 2, (tuned.bias + served.bias) / 2)


def chosen_anchor(served: Head, lesson: Labelled, base: Base) -> Head:
    """The anchor with which patients held out are told most surely; base films ask for their labels."""
    return chosen(served, lesson, base.replayed, base.others, Rule(labels=True, errors=0.0))[0]


def held_answers(served: Head, lesson: Labelled, base: Base) -> Head:
    """The strongest anchor that is not surely worse than the best; base films ask for the answers that they had."""
    return chosen(served, lesson, base.replayed, base.others, Rule(labels=False, errors=1.0))[0]


METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (
        nothing, calibration, new_head, fine_tuning, anchored, average, replayed_once, replayed_thrice, ours,
    )
}  # fmt: skip

TRIED: dict[str, Method] = {method.__name__: method for method in (ours, chosen_anchor, held_answers)}
"""Ours, and other ways that are not used: docs/learning.md, what was tried."""
