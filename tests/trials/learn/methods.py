"""What may be done with a hospital's labels: ours, and what others do."""

from collections.abc import Callable

import numpy as np

from learning.head import ANCHOR, REPLAY, Head, Lesson, calibrate, teach

Method = Callable[[Head, Lesson, Lesson], Head]
"""Of the served layer, the lesson and the base films."""


def nothing(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """The parent."""
    return served


def calibration(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """Four numbers."""
    return calibrate(served, lesson, 1.0)


def new_head(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """A new layer that sees the hospital's labels alone, as scikit-learn would fit it."""
    blank = Head(np.zeros_like(served.weight), np.zeros_like(served.bias))
    return teach(blank, lesson, base, 1.0, anchor=1.0, replay=0.0)


def fine_tuning(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """On from the served layer, on the hospital's labels alone."""
    return teach(served, lesson, base, 1.0, anchor=0.1, replay=0.0)


def anchored(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """Near the served layer, without the base films."""
    return teach(served, lesson, base, 1.0, replay=0.0)


def ours(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """As `python -m learning teach`."""
    return teach(served, lesson, base, 1.0)


def average(served: Head, lesson: Lesson, base: Lesson) -> Head:
    """Half-way between fine-tuned and served."""
    tuned = fine_tuning(served, lesson, base)
    return Head((tuned.weight + served.weight) / 2, (tuned.bias + served.bias) / 2)


METHODS: dict[str, Method] = {
    method.__name__: method for method in (nothing, calibration, new_head, fine_tuning, anchored, average, ours)
}

REPLAYS = {"replay x1": REPLAY / 3, "replay x10": REPLAY * 10 / 3}
ANCHORS = {"anchor x0.1": ANCHOR / 10, "anchor x10": ANCHOR * 10}
