"""How well the release tells this hospital's films apart: of all films, of each class, and of groups."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from learning.accept.site import Counts, Site, words
from learning.accept.truth import TWO_CLASSES
from training.figures import Figure
from training.statistics import area_under_curve, bootstrap, calibration_error, wilson
from vocabulary.refusals import REFUSALS

ROUNDS = 500
"""Of a bootstrap. Source: training.figures.by_patient, the card's."""

GROUP_FILMS = 30
"""Of a group, below which it is not told of by itself. Source: learning.judge.GROUP_FILMS, the certificate's."""

ALL = "all films"

Measure = Callable[[NDArray[np.int64], NDArray[np.float64]], float]
"""Of the truth (films,) and probabilities (films, classes)."""


def area_name(site: Site) -> str:
    """What the area is of. Of normal against abnormal: by the odds p / (1 - p) of no pathology."""
    return "AUROC, normal against abnormal" if site.names == TWO_CLASSES else "macro AUROC"


def area(site: Site, data: str = ALL, part: NDArray[np.bool_] | None = None, rounds: int = ROUNDS) -> Figure:
    """The area under the ROC curve, mean over the classes, of some of the films; its 95 % interval is by patient."""
    return measured(site, area_name(site), data, area_under_curve, part, rounds)


def measured(
    site: Site,
    what: str,
    data: str,
    measure: Measure,
    part: NDArray[np.bool_] | None = None,
    rounds: int = ROUNDS,
    biased: bool = False,
) -> Figure:
    """A figure of some of the films, with a 95 % interval from a bootstrap by patient.

    Args:
        site: all films.
        what: the figure's name.
        data: the films' name.
        measure: computes it.
        part: which films; all where None.
        rounds: of the bootstrap.
        biased: see training.statistics.bootstrap.
    """
    chosen = np.flatnonzero(np.ones(len(site), bool) if part is None else part)
    truth, probabilities = site.truth[chosen], site.probabilities[chosen]

    def of(at: NDArray[np.int64]) -> float:
        return measure(truth[at], probabilities[at])

    ends = bootstrap(of, site.patients[chosen].astype(object), rounds, biased)
    return Figure(what, data, len(chosen), of(np.arange(len(chosen))), ends)


def discrimination(site: Site, rounds: int = ROUNDS) -> Iterator[Figure]:
    """The area of all films, and with three classes of each class against the rest."""
    yield area(site, rounds=rounds)
    if site.names == TWO_CLASSES:
        return
    for at, name in enumerate(site.names):
        if (site.truth == at).any():
            yield measured(site, f"AUROC of {words(name)}", ALL, _one_class(at), rounds=rounds)


def _one_class(at: int) -> Measure:
    def measure(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
        score = probabilities[:, at]
        return area_under_curve((truth == at).astype(np.int64), np.stack([-score, score], axis=1))

    return measure


def calibration(site: Site, rounds: int = ROUNDS) -> Figure:
    """The expected calibration error as served."""
    return measured(site, CALIBRATION_ERROR, ALL, calibration_error, rounds=rounds, biased=True)


CALIBRATION_ERROR = "expected calibration error"


def groups(site: Site, rounds: int = ROUNDS) -> Iterator[Figure]:
    """The area of each group that has enough films and two classes."""
    for name, part in site.groups.items():
        if part.sum() >= GROUP_FILMS and len(set(site.truth[part].tolist())) > 1:
            yield area(site, name, part, rounds)


def lost(counts: Counts) -> Iterator[Figure]:
    """Shares of frontal films that got no answer, and why; Wilson's interval. Empty without frontal films."""
    if not counts.frontal:
        return
    yield _lost("refused or failed", counts.without_answer, counts.frontal)
    for reason, (_, frontal) in counts.refused.items():
        if frontal:
            label = REFUSALS[reason].label.lower() if reason in REFUSALS else words(reason)
            yield _lost(f"refused: {label}", frontal, counts.frontal)


def _lost(what: str, films: int, of: int) -> Figure:
    return Figure(what, "frontal films", of, films / of, wilson(films, of))
