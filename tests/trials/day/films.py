"""The day's films: when each comes, what is on it, and what the models say of it. All of it is made up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from tests.unit.review.site import START
from vocabulary.conditions import CLASSES

KINDS = {
    "urgent interstitial pneumonia": (0.03, CLASSES[0], True),
    "another urgent pathology": (0.07, CLASSES[1], True),
    "a pathology that can wait": (0.20, CLASSES[1], False),
    "none": (0.70, CLASSES[2], False),
}
"""What is on a film: share, class, whether it is urgent. Source: a judgement; a third of what is urgent is of the class
by which films were sorted before."""

TELLS = 1.7
"""How far apart the models see two classes, in standard deviations of their noise: an AUROC of 0.89, as that of the
classifier (docs/accuracy.md)."""

BLIND_SHARE = 0.1
"""As REVIEW_BLIND_SHARE."""

NIGHT_H, DAY_H, OF_THE_NIGHT = 10, 10, 0.25
"""A quarter of the films has come in the ten hours before readers begin, the others come in the ten hours after."""


@dataclass(frozen=True)
class Made:
    """One film."""

    arrived: datetime
    urgent: bool
    """Whether it is; nobody knows but the simulation."""
    probabilities: tuple[float, float, float]
    """In the order of CLASSES; calibrated."""
    blind: bool


def made(count: int, random: np.random.Generator) -> list[Made]:
    """So many, in the order of their arrival; readers begin at START.

    The models see each class's evidence as a normal variable, shifted for the true class; with the shares of the
    classes, the softmax of it is the exact probability (Bayes' theorem for normals of equal variance).
    """
    shares = np.array([share for share, _, _ in KINDS.values()])
    prior = np.array([sum(s for s, each, _ in KINDS.values() if each == name) for name in CLASSES])
    kinds = list(KINDS.values())
    night = round(OF_THE_NIGHT * count)
    hours = [*random.uniform(-NIGHT_H, 0, night), *random.uniform(0, DAY_H, count - night)]
    films = []
    for hour in sorted(hours):
        _, name, urgent = kinds[random.choice(len(kinds), p=shares)]
        evidence = random.normal(size=len(CLASSES)) + TELLS * (np.array(CLASSES) == name)
        weighed = prior * np.exp(TELLS * evidence)
        first, second, third = (weighed / weighed.sum()).tolist()
        arrived = START + timedelta(hours=float(hour))
        films.append(Made(arrived, urgent, (first, second, third), bool(random.random() < BLIND_SHARE)))
    return films
