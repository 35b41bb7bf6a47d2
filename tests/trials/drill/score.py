"""What a fault cost, and whether that is as little as is aimed for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tests.trials.drill.answers import Answer, Worth

NORMAL = 2.0
"""Times the 95th percentile before the fault: within it, a film takes its normal time."""
COMPANY, AROUND = 3, 3
"""So many slow films among one and those that were sent just before and after it are an outage; one alone is not."""
RECOVERY_S = 10.0
"""Target: from the mend, or from the fault where it mends itself."""


@dataclass(frozen=True)
class Moments:
    """Seconds of the monotonic clock; a fault that mends itself was mended when it was injected."""

    injected: float
    mended: float
    normal_s: float
    """What a film takes at most."""


@dataclass(frozen=True)
class Score:
    """Of one fault."""

    name: str
    must: str
    held_s: float
    normal_s: float
    sent: int
    counts: dict[str, int]
    """Worth to requests."""
    urgent: dict[str, int]
    """The same, of the urgent ones alone."""
    in_flight: int
    """Requests that were being answered when it came."""
    lost_later: int
    """Of the lost ones, those that were sent after it came: only what is in flight may be lost."""
    later_lost: int
    """Of the lost ones, asynchronous ones."""
    slowest_s: float
    recovered_s: float | None
    """From the injection until films were assessed again within their normal time; None where they never were."""
    after_mend_s: float | None
    """The same, from the mend."""
    told: dict[str, int]
    """What those heard that were not answered."""
    wrong: tuple[str, ...]
    """What else was not as it must be."""
    leftovers: tuple[str, ...]

    @classmethod
    def of(
        cls, name: str, must: str, answers: Sequence[Answer], at: Moments, wrong: Sequence[str], left: Sequence[str]
    ) -> Self:
        """From every answer, those before the fault included."""
        lost = [each for each in answers if each.worth is Worth.LOST]
        since = [each for each in answers if each.ended >= at.injected]
        again = recovered(answers, at)
        return cls(
            name=name,
            must=must,
            held_s=round(at.mended - at.injected, 1),
            normal_s=round(at.normal_s, 2),
            sent=len(answers),
            counts=_counts(answers),
            urgent=_counts([each for each in answers if each.urgent]),
            in_flight=sum(each.begun < at.injected <= each.ended for each in answers),
            lost_later=sum(each.begun >= at.injected for each in lost),
            later_lost=sum(each.later for each in lost),
            slowest_s=round(max((each.took_s for each in since), default=0.0), 2),
            recovered_s=None if again is None else round(max(again - at.injected, 0), 1),
            after_mend_s=None if again is None else round(max(again - at.mended, 0), 1),
            told=dict(Counter(each.told for each in answers if each.worth is not Worth.ANSWERED)),
            wrong=tuple(wrong),
            leftovers=tuple(left),
        )

    @property
    def nothing_wrong(self) -> bool:
        """The one target that is never missed."""
        return not self.counts[Worth.WRONG] and not self.wrong

    @property
    def only_in_flight(self) -> bool:
        """Whether no request was lost that was sent after the fault came."""
        return not self.lost_later

    @property
    def soon(self) -> bool:
        """Whether it recovered in time."""
        return self.after_mend_s is not None and self.after_mend_s <= RECOVERY_S

    @property
    def verdicts(self) -> dict[str, bool]:
        """Target to whether it is met."""
        return {
            "nothing wrong": self.nothing_wrong,
            "only the in-flight lost": self.only_in_flight,
            f"recovered within {RECOVERY_S:g} s": self.soon,
            "nothing left behind": not self.leftovers,
        }

    def stored(self) -> dict[str, Any]:
        """For a JSON report."""
        return vars(self) | {"verdicts": self.verdicts}


def normal_s(answers: Sequence[Answer], least_s: float) -> float:
    """What a film takes at most where nothing is broken; never less than least_s."""
    taken = [each.took_s for each in answers if each.worth is Worth.ANSWERED and not each.later]
    return max(NORMAL * float(np.percentile(taken, 95)), least_s) if taken else least_s


def recovered(answers: Sequence[Answer], at: Moments, open_since: Sequence[float] = ()) -> float | None:
    """When the first film was sent after the last that was not answered in its normal time; None where none was.

    Asynchronous ones are looked at by whoever polls, and say little about how long a film takes.

    Args:
        answers: all of them.
        at: the fault.
        open_since: when those were begun that are not answered yet.
    """
    known = sorted((each for each in answers if not each.later), key=lambda each: each.begun)
    bad = [each.worth is not Worth.ANSWERED or each.took_s > at.normal_s for each in known]
    worst = at.injected
    for index, each in enumerate(known):
        crowd = sum(bad[max(index - AROUND, 0) : index + AROUND + 1])
        unanswered = each.worth is not Worth.ANSWERED
        if each.ended >= at.injected and bad[index] and (unanswered or crowd >= COMPANY):
            worst = max(worst, each.begun)
    worst = max([worst, *open_since])
    return next((each.begun if worst > at.injected else at.injected for each in known if each.begun > worst), None)


def _counts(answers: Sequence[Answer]) -> dict[str, int]:
    counts = Counter(each.worth for each in answers)
    return {str(worth): counts[worth] for worth in Worth}
