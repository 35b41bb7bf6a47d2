"""What may be done with a hospital's labels: ours, and what others do."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from learning.calibration import calibrate
from learning.head import Head, Lesson
from learning.teaching import FORGOTTEN, remembering
from tests.trials.learn.fitting import fit
from training.statistics import area_under_curve

Method = Callable[[Head, Lesson, "Base"], Head]
"""Of the served layer, the lesson and the base films."""

ANCHOR, REPLAYS = 30.0, (1.0, 3.0, 10.0)
"""Of the ways that hold the layer by base films' labels. Source: chosen with one network as parent."""


@dataclass(frozen=True)
class Base:
    """The base films: those that hold the layer or are replayed, and others."""

    replayed: Lesson
    others: Lesson


def nothing(served: Head, lesson: Lesson, base: Base) -> Head:
    """The parent."""
    return served


def calibration(served: Head, lesson: Lesson, base: Base) -> Head:
    """Four numbers."""
    return calibrate(served, lesson, 1.0)


def new_head(served: Head, lesson: Lesson, base: Base) -> Head:
    """A new layer that sees the hospital's labels alone, as scikit-learn would fit it."""
    blank = Head(np.zeros_like(served.weight), np.zeros_like(served.bias))
    return fit(blank, lesson, base.replayed, anchor=1.0)


def fine_tuning(served: Head, lesson: Lesson, base: Base) -> Head:
    """On from the served layer, on the hospital's labels alone."""
    return fit(served, lesson, base.replayed, anchor=0.1)


def anchored(served: Head, lesson: Lesson, base: Base) -> Head:
    """Near the served layer, without the base films."""
    return fit(served, lesson, base.replayed, ANCHOR)


def labels_replayed(served: Head, lesson: Lesson, base: Base) -> Head:
    """Near the served layer, base films replayed with their labels, as much as it takes for none to be forgotten."""
    known = base.others.targets.argmax(axis=1)
    before = area_under_curve(known, served.logits(base.others.features))
    for replay in REPLAYS:
        taught = fit(served, lesson, base.replayed, ANCHOR, replay)
        if area_under_curve(known, taught.logits(base.others.features)) > before - FORGOTTEN:
            break
    return taught


def ours(served: Head, lesson: Lesson, base: Base) -> Head:
    """As `python -m learning teach`."""
    return remembering(served, lesson, base.replayed, base.others, 1.0)[0]


def average(served: Head, lesson: Lesson, base: Base) -> Head:
    """Half-way between fine-tuned and served."""
    tuned = fine_tuning(served, lesson, base)
    return Head((tuned.weight + served.weight) / 2, (tuned.bias + served.bias) / 2)


METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (nothing, calibration, new_head, fine_tuning, anchored, average, labels_replayed, ours)
}
