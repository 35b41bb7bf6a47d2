"""The use case: one radiograph to the number that a problem's stage reads off it."""

from functools import partial

from cxr import number, wire
from cxr.radiograph import Radiograph
from gateway.cascade import Ask
from gateway.fleet.stages import Stages
from results.measured import Estimated, Reading
from results.schema import Map, Refusal
from vocabulary.problems.problem import Number, Problem

PLACES = 1
"""Of a number in an answer: no reader's is as fine."""


async def gauge(radiograph: Radiograph, problem: Problem, stages: Stages, ask: Ask) -> Reading:
    """Each group's number, interval and heat map; or why there is none.

    Raises:
        StageError: the stage did not answer.
    """
    stage = stages[problem.name]
    film = await ask.aside(partial(number.framed, radiograph.pixels, ask.side(stage)), ask.lane)
    return _reading(problem, await ask.stage(stage, film, wire.Measurement), ask.models, radiograph.display)


def _reading(problem: Problem, said: wire.Measurement, models: dict[str, str], display: str) -> Reading:
    return Reading(
        in_distribution=said.in_distribution,
        nearness=said.nearness,
        refusal=_refusal(problem, said.refusal) if said.refusal else None,
        estimates={
            group: Estimated(value=_value(problem, each), heatmap=Map.of(said.heatmaps[group]))
            for group, each in said.estimates.items()
        },
        models=models,
        display=display,
    )


def _refusal(problem: Problem, reason: str) -> Refusal:
    detail = f"This does not look like a {problem.film} as the model knows them. Check that the right film was sent."
    return Refusal(reason=reason, detail=detail)


def _value(problem: Problem, estimate: wire.Estimate) -> dict[str, float | tuple[float, float]]:
    interval = round(estimate.low, PLACES), round(estimate.high, PLACES)
    return {unit(problem): round(estimate.value, PLACES), "interval": interval}


def unit(problem: Problem) -> str:
    """By which an answer's value names the number."""
    return problem.asks.unit if isinstance(problem.asks, Number) else "value"
