"""A release that computes films too, to be compared with the one that answered; nobody sees what it says."""

import asyncio
from dataclasses import dataclass

import structlog

from cxr.errors import CxrError
from cxr.radiograph import Radiograph
from gateway.cascade import Ask, assess
from gateway.deadline import Deadline
from gateway.fleet.stages import Stages
from gateway.lanes import Lane
from gateway.metrics import Metrics
from gateway.pairs import Pairs, said
from gateway.tracing import span
from results.schema import Conclusion

log = structlog.get_logger()

MAX_SHADOWS = 4
"""Films being compared at once; more are not, so that a slow shadow holds no films in memory."""


@dataclass(frozen=True)
class Answered:
    """A film, and what a release said of it."""

    film: str
    """Its name."""
    header: bytes | None
    """Packed; None for a picture."""
    radiograph: Radiograph
    request_id: str
    despite_refusal: bool
    release: str
    conclusion: Conclusion


class Shadow:
    """Compares, in the lane that goes last."""

    def __init__(self, metrics: Metrics, pairs: Pairs, deadline_s: float) -> None:
        self._metrics = metrics
        self._pairs = pairs
        self._deadline_s = deadline_s
        self._comparing: set[asyncio.Task[None]] = set()

    def compare(self, answered: Answered, stages: Stages) -> None:
        """Begin to compute a film as another release does, and to compare it with what was answered."""
        if len(self._comparing) >= MAX_SHADOWS:
            self._metrics.shadow.labels("skipped").inc()
            return
        task = asyncio.create_task(self._compare(answered, stages))
        self._comparing.add(task)
        task.add_done_callback(self._comparing.discard)

    async def aclose(self) -> None:
        """Wait for what is being compared."""
        await asyncio.gather(*self._comparing, return_exceptions=True)

    async def _compare(self, answered: Answered, stages: Stages) -> None:
        deadline = Deadline(self._deadline_s)
        try:
            described = await stages.descriptions(deadline.left(later_stages=3))
            with span("shadow", release=stages.release):
                ask = Ask(answered.request_id, deadline, described, answered.despite_refusal, Lane.SHADOW)
                result = await assess(answered.radiograph, stages, ask)
        except CxrError as error:
            self._metrics.shadow.labels("failed").inc()
            log.warning("shadow failed", release=stages.release, code=error.code)
            return
        self._tell(answered, stages.release, result.conclusion)
        theirs = said(stages.release, result.conclusion)
        await self._pairs.keep(answered.film, answered.header, said(answered.release, answered.conclusion), theirs)

    def _tell(self, answered: Answered, release: str, conclusion: Conclusion) -> None:
        agreed = agreement(answered.conclusion, conclusion)
        difference = largest_difference(answered.conclusion, conclusion)
        self._metrics.shadow.labels(agreed).inc()
        if difference is not None:
            self._metrics.shadow_difference.observe(difference)
        if agreed != "same":
            known = {"request_id": answered.request_id, "release": release}
            log.info("shadow", **known, agreement=agreed, difference=difference)


def agreement(ours: Conclusion, other: Conclusion) -> str:
    """same, other_class or other_outcome; one refusal agrees with another for the same reason only."""
    reasons = [each.refusal.reason if each.refusal else None for each in (ours, other)]
    if ours.outcome != other.outcome or reasons[0] != reasons[1]:
        return "other_outcome"
    return "same" if ours.predicted_class == other.predicted_class else "other_class"


def largest_difference(ours: Conclusion, other: Conclusion) -> float | None:
    """Of a class probability; None where the two do not have the same classes."""
    if not ours.classes or not other.classes or ours.classes.keys() != other.classes.keys():
        return None
    return max(abs(ours.classes[name] - other.classes[name]) for name in ours.classes)
