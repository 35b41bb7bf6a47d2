"""What a candidate and the release beside it say of the same new films, and by which rules it must go."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest, norm

from certificates.certificate import Certificate
from certificates.pairs import Answer, Pair
from learning import overrides
from learning.drifting import Shift
from learning.overrides import Reading

MIN_FILMS = 50
"""Pairs of a group, below which no rule looks at it."""

ALPHA = 5e-5
"""Of each rule at each look. Source: 5 % in all, over about a thousand looks: ten rules on each of 90 days."""

LOST = 0.01
"""Share of films that the other release assesses and the candidate does not, above which it goes."""

MOVED = 0.10
"""By how much a group's share of films called normal may change."""

NORMAL = "no_pathology"


@dataclass(frozen=True)
class Both:
    """What two releases say of a film."""

    other: Answer
    candidate: Answer
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One of the rules by which a candidate goes."""

    name: str
    broken: bool
    told: str


def of_candidate(pairs: Iterable[Pair], name: str) -> Iterator[Both]:
    """The pairs of a release, whichever of both answered; of a film that was compared again, the last one."""
    last = {pair.film: pair for pair in pairs if name in (pair.answered.release, pair.compared.release)}
    for pair in last.values():
        answers = (pair.answered, pair.compared)
        candidate, other = answers if pair.answered.release == name else answers[::-1]
        decade = f"{pair.decade} to {pair.decade + 9} years" if pair.decade is not None else None
        sex = {"F": "women", "M": "men"}.get(pair.sex or "")
        groups = [group for group in (sex, decade, f"{pair.view} views" if pair.view else None) if group]
        yield Both(other, candidate, tuple(groups))


def told(found: list[Both]) -> Iterator[str]:
    """Lines for a person."""
    yield f"{len(found)} films were read by both"
    flips = Counter((_called(each.other), _called(each.candidate)) for each in found)
    for (before, after), count in flips.most_common():
        if before != after:
            yield f"  {count} from {_words(before)} to {_words(after)}"


def rules(found: list[Both], certificate: Certificate) -> Iterator[Rule]:
    """All rules, broken or not."""
    if len(found) >= MIN_FILMS:
        yield lost(found)
        yield _flips(found, certificate)
    for name, group in (("all films", found), *groups(found)):
        classed = [each for each in group if each.other.classes and each.candidate.classes]
        if len(classed) >= MIN_FILMS:
            yield _moved(name, classed)


def groups(found: list[Both]) -> Iterator[tuple[str, list[Both]]]:
    """Women, men, decades of age and views, with their films."""
    for name in sorted({name for each in found for name in each.groups}):
        yield name, [each for each in found if name in each.groups]


def drifted(own: Iterable[Shift], others: Iterable[Shift]) -> Iterator[Rule]:
    """Where the candidate's probabilities have moved and its parent's of the same films have not, it is the candidate.

    Where both have, the films have changed: the parent is no better for them, so nobody goes, and the certificate ends.
    Where nobody knows what its parent says of the same films, nobody goes either.
    """
    told = list(others)
    alone = bool(told) and not any(shift.changed for shift in told)
    for shift in own:
        yield Rule(f"drift: {shift.quantity}", alone and shift.changed, f"{shift}; its parent's have not moved")


def overridden(
    readings: Sequence[Reading], version: str, parent: str, differs: str = "say another class"
) -> Iterator[Rule]:
    """Readers say something else than the candidate, more often than of its parent's answers."""
    for name, candidate, before in overrides.told(readings, version, parent):
        said = f"{candidate.overridden} of {candidate.readings} readings {differs} ({candidate.rate:.0%})"
        told = f"{said}; of its parent's {before.overridden} of {before.readings} ({before.rate:.0%})"
        yield Rule(f"readers, {name}", overrides.stops(candidate, before), told)


def lost(found: list[Both]) -> Rule:
    """Films that the candidate refuses, or on which it fails, and the other does not."""
    lost = sum(each.other.outcome == "assessed" != each.candidate.outcome for each in found)
    broken = lost > 0 and float(binomtest(lost, len(found), LOST, "greater").pvalue) < ALPHA
    return Rule(
        "films lost", broken, f"{lost} of {len(found)} films are assessed by the other release and not by this one"
    )


def _flips(found: list[Both], certificate: Certificate) -> Rule:
    """Classes change more often than the judge saw."""
    expected = (sum(certificate.flips.values()) + 1) / (certificate.films + 2)
    high = expected + float(norm.ppf(0.975)) * (expected * (1 - expected) / certificate.films) ** 0.5
    flips = sum(_called(each.other) != _called(each.candidate) for each in found)
    broken = flips > 0 and float(binomtest(flips, len(found), min(high, 1.0), "greater").pvalue) < ALPHA
    return Rule("flips", broken, f"the class of {flips} of {len(found)} films changes; the judge saw {expected:.0%}")


def _moved(name: str, classed: list[Both]) -> Rule:
    """A group's share of films that are called normal."""
    before = sum(_called(each.other) == NORMAL for each in classed) / len(classed)
    after = sum(_called(each.candidate) == NORMAL for each in classed) / len(classed)
    changed = sum((_called(each.other) == NORMAL) != (_called(each.candidate) == NORMAL) for each in classed)
    sure = changed > 0 and float(binomtest(changed, len(classed), MOVED, "greater").pvalue) < ALPHA
    return Rule(f"share of normal: {name}", sure and abs(after - before) > MOVED, f"{before:.0%} were, {after:.0%} are")


def _called(answer: Answer) -> str:
    return answer.predicted or answer.outcome


def _words(name: str) -> str:
    return name.replace("_", " ")
