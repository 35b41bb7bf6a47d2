"""Tried, and not used: how far the last layer goes is chosen by the hospital's own labels, of patients held out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from learning.head import FORGOTTEN, REPLAYS, Floats, Head, Lesson, calibrate
from tests.trials.learn.held import Held
from training.statistics import area_under_curve

ENDLESS = float("inf")
"""The anchor with which no weight moves: the calibration alone."""

ANCHORS = (ENDLESS, 300.0, 100.0, 30.0, 10.0)
"""Of the squared distance from the calibrated layer, in units of a label's loss, features of unit variance."""

FOLDS = 5
"""Of the patients. Source: a judgement; four fifths of 200 labels teach nearly what all do."""


@dataclass(frozen=True)
class Labelled(Lesson):
    """A lesson that knows whose films they are."""

    patients: NDArray[Any]
    """Shape (films,): the same for films of a patient."""

    def __getitem__(self, chosen: NDArray[np.bool_]) -> "Labelled":
        return Labelled(self.features[chosen], self.targets[chosen], self.weight[chosen], self.patients[chosen])


@dataclass(frozen=True)
class Rule:
    """How an anchor is chosen."""

    labels: bool
    """Base films ask for their labels, and not only for the answers that they had."""
    errors: float
    """An anchor is taken that is worse than the best by no more than so many standard errors."""


def chosen(served: Head, lesson: Labelled, base: Lesson, others: Lesson, rule: Rule) -> tuple[Head, float]:
    """The layer, and its anchor.

    Args:
        base: that is replayed.
        others: base films by which the replay is chosen.
    """
    known = others.targets.argmax(axis=1)
    before = area_under_curve(known, served.logits(others.features))
    held = Held.by(served, base)
    for replay in REPLAYS:
        losses = _held_out(served, lesson, held, replay, rule)
        best = int(losses.sum(axis=1).argmin())
        more = losses - losses[best]
        sure = [bool(each.sum() <= rule.errors * _error(each, lesson)) for each in more]
        anchor = ANCHORS[sure.index(True)]
        head = _layer(calibrate(served, lesson, 1.0), lesson, held, replay, rule, anchor)
        if area_under_curve(known, head.logits(others.features)) > before - FORGOTTEN:
            break
    return head, anchor


def _layer(near: Head, lesson: Lesson, held: Held, replay: float, rule: Rule, anchor: float) -> Head:
    return near if anchor == ENDLESS else held.stepped(near, lesson, anchor, replay, rule.labels)


def _held_out(served: Head, lesson: Labelled, held: Held, replay: float, rule: Rule) -> Floats:
    """Weighted log loss of each film with each of ANCHORS, taught by other patients; shape (anchors, films)."""
    losses = np.zeros((len(ANCHORS), len(lesson.weight)))
    fold = folds(lesson)
    for number in np.unique(fold):
        there, rest = fold == number, lesson[fold != number]
        near = calibrate(served, rest, 1.0)
        for at, anchor in enumerate(ANCHORS):
            # Fewer labels teach in a fold: they are held as firmly for each of them.
            share = rest.weight.sum() / lesson.weight.sum()
            logits = _layer(near, rest, held, replay, rule, anchor * share).logits(lesson.features[there])
            told = (lesson.targets[there] * log_softmax(logits, axis=1)).sum(axis=1)
            losses[at, there] = -lesson.weight[there] * told
    return losses


def _error(differences: Floats, lesson: Labelled) -> float:
    """Standard error of a weighted sum over films, by patient.

    Source:
        Hastie, Tibshirani and Friedman 2009, section 7.10; of the difference, since the same patients are hard
        with each.
    """
    total = lesson.weight.sum()
    apart = differences - lesson.weight * (differences.sum() / total)
    return float(np.sqrt((np.bincount(_numbers(lesson), weights=apart) ** 2).sum()))


def folds(lesson: Labelled) -> NDArray[np.int64]:
    """A fold for each film by its patient, the classes dealt out evenly; the same each time."""
    numbers = _numbers(lesson)
    _, first = np.unique(numbers, return_index=True)
    order = np.random.default_rng(0).permutation(len(first))
    order = order[np.argsort(lesson.targets[first].argmax(axis=1)[order], kind="stable")]
    fold = np.empty(len(first), np.int64)
    fold[order] = np.arange(len(first)) % FOLDS
    return fold[numbers]


def _numbers(lesson: Labelled) -> NDArray[np.int64]:
    """A number for each film's patient."""
    return np.unique(lesson.patients, return_inverse=True)[1].astype(np.int64)
