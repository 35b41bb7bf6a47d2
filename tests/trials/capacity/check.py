"""Predicted and measured, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.trials.bench.targets import Target, Verdict, judge
from tests.trials.capacity import measure, model, processors
from tests.trials.capacity.demands import Demands
from tests.trials.capacity.finder import SHARE
from tests.trials.capacity.model import Layout
from tests.trials.capacity.trials import Trial, warm

WITHIN = 0.15
"""Of what is measured, a prediction should be."""

OTHERS = 0.1
"""Processors that others may use meanwhile; with more, a trial says nothing of the prediction."""

CURVE = (0.3, 0.5, 0.7, 0.8, 0.9)
"""Of the bound, where the p95 is predicted for films that arrive at random times."""

LOOKED_AT = (0.5, 0.8)
"""Of the bound, where it is measured too."""


@dataclass(frozen=True)
class Sent:
    """How a gateway is asked."""

    film: Path
    archives: Path
    run: Path
    seconds: float
    warm_up: int


@dataclass(frozen=True)
class Result:
    """One trial: films a second and the p95 with so many users, as predicted and as measured."""

    name: str
    plan: str
    users: int
    bound_per_s: float
    bottleneck: str
    predicted_per_s: float
    measured_per_s: float
    predicted_p95_ms: float
    measured_p95_ms: float
    utilisation: dict[str, float]
    errors: int
    others_cores: float
    """Processors' worth that programs which are no part of it used meanwhile."""

    @property
    def off(self) -> float:
        """How far the prediction is from what was measured, as a share of it."""
        return abs(self.predicted_per_s / self.measured_per_s - 1)


@dataclass(frozen=True)
class Point:
    """The p95 at a rate of films that arrive at random times; measured only at some."""

    per_s: float
    predicted_p95_ms: float
    measured_p95_ms: float | None = None


def run(trials: tuple[Trial, ...], sent: Sent, cores: int, contention: float, console: Console) -> dict[str, Any]:
    """Every trial on a stack of its plan; what a film takes is measured on the first stack of its threads."""
    demands: dict[int, Demands] = {}
    results: list[Result] = []
    curve: list[Point] = []
    for whole, group in groupby(trials, key=lambda trial: trial.whole):
        console.print(f"a stack of {whole.told()}")
        with warm(whole, sent.run, sent.archives, sent.film, sent.warm_up) as stack:
            for trial in group:
                if trial.threads not in demands:
                    demands[trial.threads] = measure.demands(stack.url, sent.run, sent.film, sent.seconds, contention)
                results.append(_trial(trial, demands[trial.threads], stack.url, sent, cores))
                console.print(f"  {told(results[-1])}")
            curve = curve or list(_curve(demands[1], stack.url, sent, cores))
    return {
        "demands": {str(threads): each.stored() for threads, each in demands.items()},
        "trials": [asdict(result) | {"off": round(result.off, 3)} for result in results],
        "curve": [asdict(point) for point in curve],
    }


def _trial(trial: Trial, demands: Demands, url: str, sent: Sent, cores: int) -> Result:
    layout = trial.layout(cores)
    first = model.bound(demands, layout, trial.users)
    foretold = model.closed(demands, layout, trial.users)
    with processors.confined(sent.run, trial.confined), processors.Others(sent.run) as others:
        figures = measure.steady(url, sent.film, trial.users, sent.seconds)
    return Result(
        trial.name,
        trial.whole.told(),
        trial.users,
        round(first.per_s, 2),
        first.bottleneck,
        round(foretold.per_s, 2),
        figures["goodput_per_s"],
        round(1000 * foretold.quantile_s(SHARE), 1),
        figures["p95_ms"],
        {name: round(share, 3) for name, share in foretold.utilisation.items()},
        figures["errors"],
        round(others.cores, 2),
    )


def _curve(demands: Demands, url: str, sent: Sent, cores: int) -> Iterator[Point]:
    layout = Layout(cores=cores)
    bound = model.bound(demands, layout)
    for share in CURVE:
        per_s = share * bound.per_s
        predicted_ms = 1000 * model.open_(demands, layout, per_s).quantile_s(SHARE)
        measured_ms = measure.arriving(url, sent.film, per_s, sent.seconds)["p95_ms"] if share in LOOKED_AT else None
        yield Point(round(per_s, 2), round(predicted_ms, 1), measured_ms)


def told(result: Result) -> str:
    """In one line."""
    return (
        f"{result.name}: {result.predicted_per_s:g} films/s predicted, {result.measured_per_s:g} measured "
        f"({result.off:.0%} off), {result.bottleneck} the bottleneck; others used {result.others_cores:g} processors"
    )


def verdicts(figures: Mapping[str, Any]) -> dict[str, Verdict]:
    """Trial to whether its prediction was near enough; not measured where others had the processors,
    or an answer was not as expected."""
    limits = [Target(trial["name"], WITHIN, True, f"off, {trial['name']}") for trial in figures["trials"]]
    fair = [trial for trial in figures["trials"] if trial["others_cores"] <= OTHERS and not trial["errors"]]
    return judge(tuple(limits), {trial["name"]: trial["off"] for trial in fair})
