"""Hospitals again and again, each time with other patients: what labels are worth, and whether the judge is right."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning.comparing import Judged, log_loss
from learning.head import Head, probabilities
from learning.judge import judge
from tests.trials.learn.hospital import Draw, Readers, divide, lesson, perfect, say
from tests.trials.learn.methods import METHODS, Base, Method
from tests.trials.learn.sites import Parent, Site
from training.statistics import area_under_curve
from vocabulary.conditions import CLASSES

INTERSTITIAL, OTHER, NOTHING = range(len(CLASSES))

TESTS = {"siim": 700, "shenzhen": 162, "montgomery": 68, "covid-chestxray": 150, "chexpert": 150}
"""Films of each site that tell what is so."""

JUDGES = {"siim": 150, "shenzhen": 100, "montgomery": 0, "covid-chestxray": 80, "chexpert": 100}
"""Films of each site that judge; Montgomery has too few for both."""

ROUNDS = 1000
"""Of the judge's bootstraps here, which are many."""

WORSE = 0.0
"""A candidate whose true AUROC is lower than the parent's by more than this is worse."""


@dataclass(frozen=True)
class Outcome:
    """What one method made of one draw."""

    site: str
    labels: int
    method: str
    readers: str
    draw: int
    before: float
    after: float
    """AUROC on the site's test films: of three classes, or of the two that there are."""
    own_before: float
    own_after: float
    """Macro AUROC on the test split of the sources that the parent knows."""
    loss: float
    """Log loss on the site's test films."""
    decision: str = ""
    """The certificate's, where one was asked for."""


def outcomes(
    parent: Parent, base: Base, name: str, labels: tuple[int, ...], methods: dict[str, Method], draws: int
) -> Iterator[Outcome]:
    """With true labels, as many as given."""
    for number in range(draws):
        site, draw = parent.sites[name], division(parent, name, number)
        for count in labels:
            taught = site[draw.teach[:count]]
            if len(taught) < count or len(set(taught.classes.tolist())) < 2:
                continue
            for method, fit in methods.items():
                head = fit(parent.head, perfect(taught), base)
                yield outcome(parent, name, draw, head, (count, method, "true labels", number))


def judged(
    parent: Parent, base: Base, name: str, labels: int, readers: dict[str, Readers], draws: int
) -> Iterator[Outcome]:
    """Ours, by readers as they are, with the certificate's decision on blind labels of the same readers."""
    for number in range(draws):
        site, draw = parent.sites[name], division(parent, name, number)
        for told, kind in readers.items():
            random = np.random.default_rng([number, 7])
            taught = site[draw.teach[:labels]]
            head = METHODS["ours"](parent.head, lesson(taught, say(taught, kind, parent.head, random)), base)
            decision = decide(parent, site[draw.judge], kind, head, random)
            yield outcome(parent, name, draw, head, (labels, "ours", told, number), decision)


def decide(parent: Parent, judges: Site, readers: Readers, head: Head, random: np.random.Generator) -> str:
    """The certificate's decision, by what readers say of these films before they see the answer."""
    blind = Readers(readers.wrong, readers.follow, blind=1.0)
    labels = np.array([each.label for each in say(judges, blind, parent.head, random)])
    own = parent.own[parent.own.split == "test"]
    told = judges.sex_told
    women = {"women": judges.women & told, "men": ~judges.women & told}
    verdict = judge(
        "head",
        both(parent.head, head, judges, labels),
        women,
        both(parent.head, head, own, own.classes),
        own.source,
        dict.fromkeys(CLASSES, 0.3),
        ROUNDS,
    )
    return verdict.decision


def both(before: Head, after: Head, films: Site, classes: NDArray[np.int64]) -> Judged:
    """Parent and candidate on the same films."""
    found = (probabilities(head, films.features, 1.0) for head in (before, after))
    parent, candidate = found
    return Judged(classes, parent, candidate, films.patients)


def division(parent: Parent, name: str, number: int) -> Draw:
    """The same for all methods."""
    return divide(parent.sites[name], JUDGES[name], TESTS[name], np.random.default_rng([number, 1]))


def outcome(
    parent: Parent, name: str, draw: Draw, head: Head, what: tuple[int, str, str, int], decision: str = ""
) -> Outcome:
    """How it truly is."""
    labels, method, readers, number = what
    tested, own = parent.sites[name][draw.test], parent.own[parent.own.split == "test"]
    return Outcome(
        name,
        labels,
        method,
        readers,
        number,
        macro_auroc(tested, parent.head),
        macro_auroc(tested, head),
        macro_auroc(own, parent.head),
        macro_auroc(own, head),
        float(log_loss(tested.classes, probabilities(head, tested.features, 1.0), np.ones((1, len(tested))))[0]),
        decision,
    )


def macro_auroc(films: Site, head: Head) -> float:
    """Macro AUROC as the judge tells it, or by the odds of the two classes that are there: the third is nobody's."""
    present = np.unique(films.classes)
    if len(present) == len(CLASSES):
        return area_under_curve(films.classes, probabilities(head, films.features, 1.0))
    these, those = (int(at) for at in present)
    logits = head.logits(films.features)
    odds = logits[:, these] - logits[:, those]
    return area_under_curve((films.classes == these).astype(np.int64), np.stack([-odds, odds], axis=1))
