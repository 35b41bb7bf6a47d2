"""Whether a hospital may switch the release on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from learning.accept.halves import Point
from learning.accept.site import Counts, words
from training.figures import Figure
from training.statistics import wilson

Decision = Literal["accept", "accept with local operating points", "do not use", "too few"]

CLASS_FILMS = 50
"""Of each class that occurs. A judgement: with 50 and 50 films the interval of an AUROC of 0.80 is 0.17 wide."""

LEAST_AREA = 0.70
"""Of the lower end of the AUROC. Source: the bar that a single finding has to pass to be shown (CHANGELOG 0.1.0)."""

MOST_LOST = 0.05
"""Share of frontal films without an answer. A judgement: the gate is set to refuse one in a hundred of those that it
knows (training.calibration.SHARES); five times that is another kind of film."""

LEAST_SENSITIVITY = 0.85
"""At the shipped operating points. A judgement: they find 0.90 of the films that they were chosen by."""

MOST_MOVED = 0.10
"""By how much the specificity may change where the points are moved to this hospital. A judgement: one film in ten."""


@dataclass(frozen=True)
class Verdict:
    """What is decided, and why."""

    decision: Decision
    reasons: list[str]


def enough(classes: dict[str, int]) -> list[str]:
    """What there is too little of, in words; empty if there is enough."""
    there = {name: films for name, films in classes.items() if films}
    told = [
        f"{films} of {CLASS_FILMS} films with {words(name)}, {CLASS_FILMS - films} missing"
        for name, films in there.items()
        if films < CLASS_FILMS
    ]
    if len(there) < 2:
        told.append("films of one class only; two are needed" if there else "no frontal film was assessed")
    return told


def before_figures(counts: Counts) -> Verdict | None:
    """What is decided by the counts alone; None where figures can be looked at."""
    if few := enough(counts.classes):
        return Verdict("too few", few)
    if refusing := list(_refusing(counts)):
        return Verdict("do not use", refusing)
    if few := enough(counts.judged):
        return Verdict("too few", [f"{told} (of those that were assessed)" for told in few])
    return None


def decide(area: Figure, points: Sequence[Point]) -> Verdict:
    """By the figures of enough films, most of which were assessed.

    Args:
        area: the AUROC, of all classes.
        points: of every class.
    """
    low, high = area.ci95
    told = f"{area.what} {area.value:.3f} ({low:.3f} to {high:.3f})"
    if low < LEAST_AREA:
        return Verdict("do not use", [f"{told}: the lower end is below {LEAST_AREA:.2f}"])
    moving = [reason for point in points for reason in _moving(point)]
    if moving:
        return Verdict("accept with local operating points", [told, *moving])
    return Verdict("accept", [told, "the shipped operating points hold here"])


def _refusing(counts: Counts) -> Iterator[str]:
    low = wilson(counts.without_answer, counts.frontal)[0]
    if low > MOST_LOST:
        yield (
            f"{counts.without_answer} of {counts.frontal} frontal films were refused or failed: "
            f"surely more than {MOST_LOST:.0%} (at least {low:.1%})"
        )


def _moving(point: Point) -> Iterator[str]:
    """Why the shipped point does not do here, if it does not."""
    found = point.all_sensitivity
    if found.ci95[1] < LEAST_SENSITIVITY:
        yield (
            f"the shipped point for {words(point.name)} finds {found.value:.0%} "
            f"(at most {found.ci95[1]:.0%}), and should find {LEAST_SENSITIVITY:.0%}"
        )
    shipped, local = point.specificities
    # The films between both points are a share of the same films: what is sure of it is Wilson's lower end.
    between = round(abs(local.value - shipped.value) * shipped.n)
    if wilson(between, shipped.n)[0] > MOST_MOVED:
        yield (
            f"at the local point for {words(point.name)} the specificity is {local.value:.0%} instead of "
            f"{shipped.value:.0%}"
        )
