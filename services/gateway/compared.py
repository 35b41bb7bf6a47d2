"""What a release says of a film, as it is kept beside what another one says; and how a shadow comes to say it."""

from certificates.pairs import Answer
from cxr.radiograph import Radiograph
from gateway.cascade import Ask, assess
from gateway.deadline import Deadline
from gateway.fleet.stages import Stages
from gateway.gauging import gauge, unit
from gateway.lanes import Lane
from gateway.shadow import Compute
from results.measured import Reading
from results.schema import Conclusion
from vocabulary.problems.problem import Problem

PLACES = 4
"""Of probabilities that are kept."""


def concluded(release: str, conclusion: Conclusion) -> Answer:
    """What is kept of a release's conclusion."""
    classes = conclusion.classes
    return Answer(
        release=release,
        versions=conclusion.models,
        outcome=conclusion.outcome,
        refusal=conclusion.refusal.reason if conclusion.refusal else None,
        classes={name: round(value, PLACES) for name, value in classes.items()} if classes else None,
        quality=round(conclusion.lungs.quality, PLACES) if conclusion.lungs else None,
    )


def gauged(release: str, problem: Problem, reading: Reading, group: str) -> Answer:
    """What is kept of a release's number, for what was known of the person."""
    estimate = reading.estimates.get(group)
    value = estimate.value if estimate else {}
    return Answer(
        release=release,
        versions=reading.models,
        outcome="assessed" if estimate else "refused",
        refusal=reading.refusal.reason if reading.refusal else None,
        value=value.get(unit(problem)),
        interval=value.get("interval"),
    )


def by_cascade(radiograph: Radiograph, request_id: str, despite_refusal: bool) -> Compute:
    """What another release's cascade says."""

    async def compute(stages: Stages, deadline: Deadline) -> Answer:
        described = await stages.descriptions(deadline.left(later_stages=3))
        ask = Ask(request_id, deadline, described, despite_refusal, Lane.SHADOW)
        return concluded(stages.release, (await assess(radiograph, stages, ask)).conclusion)

    return compute


def by_gauge(radiograph: Radiograph, request_id: str, problem: Problem, group: str) -> Compute:
    """What another release's stage reads off it."""

    async def compute(stages: Stages, deadline: Deadline) -> Answer:
        ask = Ask(request_id, deadline, await stages.descriptions(deadline.left()), lane=Lane.SHADOW)
        return gauged(stages.release, problem, await gauge(radiograph, problem, stages, ask), group)

    return compute
