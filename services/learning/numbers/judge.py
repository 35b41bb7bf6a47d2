"""Whether a candidate's numbers may be answered: judged by blind numbers of patients who taught it nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certificates.allowed import CORRECTION
from certificates.certificate import Decision, Figure, Gate
from learning.comparing import ROUNDS, Difference, mean, paired
from learning.judge import GAIN_ALPHA, GROUP_FILMS, Verdict, figure
from learning.numbers.correction import Correction
from learning.numbers.lesson import Judges
from training.statistics import wilson
from vocabulary.problems.problem import Number

Floats = NDArray[np.float64]

HERE = "this hospital, blind numbers"

ERROR_MARGIN = 0.02
"""By how much of itself the error may grow, at the bound, where intervals that surely held too few films are mended."""


@dataclass(frozen=True)
class Version:
    """What parent or candidate says of the films that judge: each of shape (films,)."""

    value: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, value: Floats, half: Floats, numbers: Floats) -> "Version":
        """With intervals that end where the range does."""
        return cls(value, np.maximum(value - half, numbers[0]), np.minimum(value + half, numbers[-1]))

    def off(self, said: Floats) -> Floats:
        """How far each number is from the readers'."""
        return np.abs(self.value - said)

    def holds(self, said: Floats) -> Floats:
        """1 where the interval holds the readers' number."""
        return ((self.low <= said) & (said <= self.high)).astype(np.float64)

    @property
    def width(self) -> Floats:
        """Of the interval."""
        return self.high - self.low


def versions(judges: Judges, correction: Correction, numbers: Floats) -> tuple[Version, Version]:
    """Parent and candidate."""
    answered = judges.answered
    after = correction.scale * correction.widening * answered.half
    return (
        Version.of(answered.value, answered.half, numbers),
        Version.of(correction.of(answered.value, numbers), after, numbers),
    )


@dataclass(frozen=True)
class Compared:
    """Parent and candidate on the films that judge, in the problem's unit."""

    films: int
    error: Difference
    bias: Difference
    holds: Difference
    """Shares of intervals that hold the readers' number."""
    width: Difference
    blindly: Difference
    """The error of who always says the mean of these readers' numbers, and the candidate's."""
    farthest: float
    """By how much the number of any of the films changes, at most."""

    @classmethod
    def of(cls, judges: Judges, before: Version, after: Version, rounds: int) -> "Compared":
        """With bounds by patient."""
        said = judges.said

        def compared(parent: Floats, candidate: Floats) -> Difference:
            return paired(mean, parent, candidate, judges.patients, rounds)

        return cls(
            films=len(said),
            error=compared(before.off(said), after.off(said)),
            bias=compared(before.value - said, after.value - said),
            holds=compared(before.holds(said), after.holds(said)),
            width=compared(before.width, after.width),
            blindly=compared(np.abs(said - said.mean()), after.off(said)),
            farthest=float(np.abs(after.value - before.value).max()),
        )


def judge(judges: Judges, correction: Correction, numbers: Floats, number: Number, rounds: int = ROUNDS) -> Verdict:
    """Compare, and decide.

    Args:
        judges: the films, and what the parent says of them.
        correction: the candidate's.
        numbers: all that can be answered.
        number: the problem's.
        rounds: of the bootstraps.
    """
    told = f"{len(judges.said)} films judge; {CORRECTION[1]} are needed"
    enough = Gate(name="films", passed=len(judges.said) >= CORRECTION[1], told=told)
    if not enough.passed:
        return Verdict([], [], {}, [enough], "too_few")
    before, after = versions(judges, correction, numbers)
    found = Compared.of(judges, before, after, rounds)
    figures = list(_figures(found, number))
    gates = [enough, _gain(found, number), _told(found, number), _held(found, number), _near(found, number)]
    for told_of, gate in _groups(judges, before, after, number.unit, rounds):
        figures.append(told_of)
        gates.append(gate)
    decision: Decision = "promote" if all(gate.passed for gate in gates) else "refuse"
    return Verdict(figures, [], {}, gates, decision)


def _figures(found: Compared, number: Number) -> Iterator[Figure]:
    yield figure(f"mean absolute error ({number.unit})", HERE, found.films, found.error)
    yield figure(f"mean error ({number.unit})", HERE, found.films, found.bias)
    yield figure(f"share in the interval of {number.coverage:.0%}", HERE, found.films, found.holds)
    yield figure(f"mean width of the interval ({number.unit})", HERE, found.films, found.width)


def _gain(found: Compared, number: Number) -> Gate:
    """Nearer to readers, or no farther while intervals that surely held too few films are mended."""
    error, holds = found.error, found.holds
    told = f"mean absolute error at this hospital, in {number.unit}, {error}"
    nearer = error.at_least(1 - GAIN_ALPHA) < 0
    if nearer or not _surely_below(holds.parent, found.films, number.coverage):
        return Gate(name="gain", passed=nearer, told=told)
    told += f"; its intervals held {holds.parent:.0%} of readers' numbers, and hold {holds.candidate:.0%}"
    mended = holds.candidate > holds.parent and error.high <= ERROR_MARGIN * error.parent
    return Gate(name="gain", passed=mended, told=told)


def _told(found: Compared, number: Number) -> Gate:
    """Where readers' numbers have nothing to do with their films, saying always the same comes nearest to them."""
    told = f"who always says the mean is off by {found.blindly.parent:.3f} {number.unit}, the candidate by "
    told += f"{found.blindly.candidate:.3f} ({found.blindly.low:+.3f} to {found.blindly.high:+.3f})"
    return Gate(name="readers", passed=found.blindly.high < 0, told=told)


def _held(found: Compared, number: Number) -> Gate:
    wanted, now, before = (f"{share:.0%}" for share in (number.coverage, found.holds.candidate, found.holds.parent))
    told = f"intervals of {wanted} hold {now} of readers' numbers, {before} before"
    passed = not _surely_below(found.holds.candidate, found.films, number.coverage)
    return Gate(name="interval", passed=passed, told=told)


def _surely_below(share: float, films: int, wanted: float) -> bool:
    """Whether a share is below another but for chance; films of one patient count as if they were of several."""
    return wilson(round(share * films), films)[1] < wanted


def _near(found: Compared, number: Number) -> Gate:
    """What moves a number by more than two readers differ is no habit of theirs: another unit, or other films."""
    limit = number.repeatability
    told = f"no film's number changes by more than {found.farthest:.1f} {number.unit}; readers agree within {limit:.1f}"
    return Gate(name="near", passed=found.farthest <= limit, told=told)


def _groups(judges: Judges, before: Version, after: Version, unit: str, rounds: int) -> Iterator[tuple[Figure, Gate]]:
    """Nobody pays for the others' gain."""
    parent, candidate = before.off(judges.said), after.off(judges.said)
    for name, part in judges.groups.items():
        if part.sum() < GROUP_FILMS:
            continue
        found = paired(mean, parent[part], candidate[part], judges.patients[part], rounds)
        gate = Gate(name=f"group: {name}", passed=found.low <= 0, told=f"mean absolute error of {name} {found}")
        yield figure(f"mean absolute error ({unit})", name, int(part.sum()), found), gate
