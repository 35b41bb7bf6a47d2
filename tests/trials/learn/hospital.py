"""A hospital's month: films that arrive, readers who are wrong now and then, and who follow the models now and then."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.head import Head, Lesson, probabilities
from learning.readers import Said, influence, propensity, targets
from tests.trials.learn.sites import Site
from vocabulary.conditions import CLASSES


@dataclass(frozen=True)
class Readers:
    """How they are."""

    wrong: tuple[float, ...] = (0.0,)
    """Of each reader, the share of films that he or she gets wrong alone."""
    follow: float = 0.0
    """How often a reader who would differ from an answer that is shown says what it says."""
    blind: float = 1.0
    """Share of the films that are read before the answer is shown."""


@dataclass(frozen=True)
class Draw:
    """One division of a site's patients."""

    teach: NDArray[np.int64]
    judge: NDArray[np.int64]
    test: NDArray[np.int64]
    """Whose true classes tell what is so."""


def divide(site: Site, judge: int, test: int, random: np.random.Generator) -> Draw:
    """Patients apart: some films for the test, some for the judge, the rest teaches in the order in which it comes."""
    order = random.permutation(np.unique(site.patients))
    place = {patient: at for at, patient in enumerate(order)}
    by = np.argsort([place[patient] for patient in site.patients], kind="stable")
    ranked = site.patients[by]
    ends = [_whole(ranked, count) for count in (test, test + judge)]
    return Draw(teach=by[ends[1] :], judge=by[ends[0] : ends[1]], test=by[: ends[0]])


def _whole(ranked: NDArray[np.int64], count: int) -> int:
    """The end of the patient that the film at this place is of."""
    end = min(count, len(ranked))
    while 0 < end < len(ranked) and ranked[end] == ranked[end - 1]:
        end += 1
    return end


def say(site: Site, readers: Readers, served: Head, random: np.random.Generator) -> list[Said]:
    """What one reader says of each film."""
    answers = probabilities(served, site.features, 1.0).argmax(axis=1)
    known = np.unique(site.classes)
    said = []
    for film, (truth, answer) in enumerate(zip(site.classes, answers, strict=True)):
        who = int(random.integers(len(readers.wrong)))
        own = int(truth)
        if random.random() < readers.wrong[who]:
            own = int(random.choice(known[known != truth]))
        blind = bool(random.random() < readers.blind)
        if not blind and own != answer and random.random() < readers.follow:
            own = int(answer)
        said.append(Said(film, f"reader {who}", own, blind, answered=int(answer)))
    return said


def lesson(site: Site, said: Sequence[Said]) -> Lesson:
    """As the product makes it."""
    follows = influence(said).follows
    weight = np.zeros(len(site))
    for each in said:
        weight[each.film] = max(weight[each.film], propensity(each, follows))
    return Lesson(site.features.astype(np.float64), targets(said, len(site)), weight)


def perfect(site: Site) -> Lesson:
    """With the true classes."""
    return Lesson.known(site.features, site.classes, len(CLASSES))
