"""What a candidate and the release beside it read off the same new films, and by which rules it must go."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, t

from learning.stopping import ALPHA, LOST, MIN_FILMS, Both, Rule, groups, lost
from vocabulary.problems.problem import Number

EXACT = 1e-6
"""The least standard error of a mean: all numbers of a group may move alike."""


def told(found: list[Both], number: Number) -> Iterator[str]:
    """Lines for a person."""
    yield f"{len(found)} films were read by both"
    if changes := _changes(found):
        off = np.array(changes)
        yield f"  numbers change by {off.mean():+.1f} {number.unit} on average, by {np.abs(off).max():.1f} at most"
    if refused := sum(each.other.outcome != each.candidate.outcome for each in found):
        yield f"  {refused} are refused by one of the two alone"


def rules(found: list[Both], number: Number) -> Iterator[Rule]:
    """All rules, broken or not."""
    if len(found) >= MIN_FILMS:
        yield lost(found)
    changes = _changes(found)
    if len(changes) >= MIN_FILMS:
        yield _far(np.array(changes), number)
    for name, group in groups(found):
        own = np.array(_changes(group))
        if len(own) >= MIN_FILMS:
            yield _moved(name, own - np.mean(changes), number)


def _changes(found: Sequence[Both]) -> list[float]:
    """Of the films that both measure: the candidate's number less the other's."""
    both = ((each.candidate.value, each.other.value) for each in found)
    return [candidate - other for candidate, other in both if candidate is not None and other is not None]


def _far(changes: NDArray[np.float64], number: Number) -> Rule:
    """The certificate is of a candidate whose numbers are nowhere farther from its parent's than readers differ."""
    far = int((np.abs(changes) > number.repeatability).sum())
    broken = far > 0 and float(binomtest(far, len(changes), LOST, "greater").pvalue) < ALPHA
    limit = f"{number.repeatability:.1f} {number.unit}"
    return Rule("numbers", broken, f"{far} of {len(changes)} films' numbers change by more than {limit}")


def _moved(name: str, beside: NDArray[np.float64], number: Number) -> Rule:
    """A group's numbers surely move by more than a reader's spread, beside all films' (Student's t)."""
    mean = float(beside.mean())
    error = max(float(beside.std(ddof=1)) / len(beside) ** 0.5, EXACT)
    broken = float(t.sf((abs(mean) - number.spread) / error, len(beside) - 1)) < ALPHA
    return Rule(f"numbers of {name}", broken, f"{mean:+.1f} {number.unit} beside all films'")
