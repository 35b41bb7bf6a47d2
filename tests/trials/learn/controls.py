"""What the judge must refuse, and what fools it where it is asked wrongly."""

from dataclasses import replace

import numpy as np

from learning.comparing import Judged, compare
from learning.head import Head, probabilities
from learning.judge import judge, moved
from tests.trials.learn.experiment import ROUNDS, both, division
from tests.trials.learn.hospital import Readers, perfect, say
from tests.trials.learn.methods import Base, ours
from tests.trials.learn.sites import Parent, Site
from vocabulary.conditions import CLASSES

POINT = 0.3
"""Every class's operating point here."""

HARMED = 0.7
"""Of the women's films, in the planted harm."""


def decide(parent: Parent, films: Site, head: Head) -> str:
    """On true labels, so that nothing else is at fault."""
    own = parent.own[parent.own.split == "test"]
    known = both(parent.head, head, own, own.classes)
    judged = both(parent.head, head, films, films.classes)
    return judge("head", judged, {}, known, own.source, dict.fromkeys(CLASSES, POINT), ROUNDS).decision


def shuffled(parent: Parent, base: Base, number: int) -> bool:
    """Labels that belong to other films are refused."""
    site, draw = parent.sites["siim"], division(parent, "siim", number)
    taught = perfect(site[draw.teach[:200]])
    mixed = replace(taught, targets=np.random.default_rng(number).permutation(taught.targets))
    return decide(parent, site[draw.judge], ours(parent.head, mixed, base)) != "promote"


def harmed_group(parent: Parent, number: int) -> bool:
    """A version that got better for men, and worse for women, is refused for that.

    Both are planted into answers to films whose source tells the sex, so that they are certain: the truth gains a
    third of the probability in men, and in women's films the two classes change places more often than not.
    """
    site = parent.sites["chexpert"]
    films = site[site.sex_told]
    before = probabilities(parent.head, films.features, 1.0)
    after = np.where(films.women[:, None], before, before * 2 / 3 + np.eye(len(CLASSES))[films.classes] / 3)
    hit = films.women & (np.random.default_rng(number).random(len(films)) < HARMED)
    after[hit] = before[hit][:, [0, 2, 1]]
    own = parent.own[parent.own.split == "test"]
    known = both(parent.head, parent.head, own, own.classes)
    groups = {"women": films.women, "men": ~films.women}
    judged = Judged(films.classes, before, after, films.patients)
    verdict = judge("head", judged, groups, known, own.source, dict.fromkeys(CLASSES, POINT), ROUNDS)
    failed = {gate.name for gate in verdict.gates if not gate.passed}
    return verdict.decision == "refuse" and "group: women" in failed and "group: men" not in failed


def rescaled(parent: Parent, number: int) -> tuple[bool, bool]:
    """Whether scores that are only larger are refused, and whether the points move so that nothing changes."""
    site, draw = parent.sites["siim"], division(parent, "siim", number)
    films = site[draw.judge]
    head = parent.head.calibrated(2.0, np.array([0.7, 0.0, 0.0]))
    points = list(moved(both(parent.head, head, films, films.classes), dict.fromkeys(CLASSES, POINT)))
    same = all(abs(point.sensitivity[2] - point.sensitivity[0]) < 0.03 for point in points)
    return decide(parent, films, head) != "promote", same and any(point.after != point.before for point in points)


def fooled(parent: Parent, base: Base, number: int) -> dict[str, float]:
    """What a judge of labels that follow the models would believe, beside what is so: why only blind labels judge."""
    site, draw = parent.sites["shenzhen"], division(parent, "shenzhen", number)
    films = site[draw.judge]
    head = ours(parent.head, perfect(site[draw.teach[:200]]), base)
    random = np.random.default_rng(number)
    follows = Readers((0.1, 0.15, 0.2), follow=0.9, blind=0.0)
    influenced = np.array([each.label for each in say(films, follows, parent.head, random)])
    found = {}
    for told, classes in (("influenced", influenced), ("true", films.classes)):
        judged = both(parent.head, head, films, classes)
        gain = compare(judged, rounds=2)
        found |= {f"{told}_parent": gain.parent, f"{told}_gain": gain.gain}
    return found
