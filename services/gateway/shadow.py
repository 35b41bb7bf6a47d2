"""A release that computes films too, to be compared with the one that answered; nobody sees what it says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from certificates.pairs import Answer
from cxr.errors import CxrError
from gateway.deadline import Deadline
from gateway.fleet.stages import Stages
from gateway.metrics import Metrics
from gateway.pairs import Pairs
from gateway.tracing import span
from vocabulary.problems.problem import Number, Problem

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
    request_id: str
    problem: Problem
    answer: Answer


Compute = Callable[[Stages, Deadline], Awaitable[Answer]]
"""What another release's stages say of the same film; raises CxrError."""


class Shadow:
    """Compares, in the lane that goes last."""

    def __init__(self, metrics: Metrics, pairs: Pairs, deadline_s: float) -> None:
        self._metrics = metrics
        self._pairs = pairs
        self._deadline_s = deadline_s
        self._comparing: set[asyncio.Task[None]] = set()

    def compare(self, answered: Answered, stages: Stages, compute: Compute) -> None:
        """Begin to compute a film as another release does, and to compare it with what was answered."""
        if len(self._comparing) >= MAX_SHADOWS:
            self._metrics.shadow.labels("skipped").inc()
            return
        task = asyncio.create_task(self._compare(answered, stages, compute))
        self._comparing.add(task)
        task.add_done_callback(self._comparing.discard)

    async def aclose(self) -> None:
        """Wait for what is being compared."""
        await asyncio.gather(*self._comparing, return_exceptions=True)

    async def _compare(self, answered: Answered, stages: Stages, compute: Compute) -> None:
        try:
            with span("shadow", release=stages.release):
                other = await compute(stages, Deadline(self._deadline_s))
        except CxrError as error:
            self._metrics.shadow.labels("failed").inc()
            log.warning("shadow failed", release=stages.release, code=error.code)
            return
        self._tell(answered, other)
        await self._pairs.keep(answered.film, answered.header, answered.problem.name, answered.answer, other)

    def _tell(self, answered: Answered, other: Answer) -> None:
        agreed = agreement(answered.problem, answered.answer, other)
        difference = largest_difference(answered.answer, other)
        self._metrics.shadow.labels(agreed).inc()
        if difference is not None:
            self._metrics.shadow_difference.observe(difference)
        if agreed != "same":
            known = {"request_id": answered.request_id, "release": other.release}
            log.info("shadow", **known, agreement=agreed, difference=difference)


def agreement(problem: Problem, ours: Answer, other: Answer) -> str:
    """same, other_class, other_number or other_outcome.

    One refusal agrees with another for the same reason only; a number is another one where two readers' would be.
    """
    if (ours.outcome, ours.refusal) != (other.outcome, other.refusal):
        return "other_outcome"
    if isinstance(problem.asks, Number) and ours.value is not None and other.value is not None:
        return "same" if abs(ours.value - other.value) <= problem.asks.repeatability else "other_number"
    return "same" if ours.predicted == other.predicted else "other_class"


def largest_difference(ours: Answer, other: Answer) -> float | None:
    """Of a class probability; None where the two do not have the same classes."""
    if not ours.classes or not other.classes or ours.classes.keys() != other.classes.keys():
        return None
    return max(abs(ours.classes[name] - other.classes[name]) for name in ours.classes)
