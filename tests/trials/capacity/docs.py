"""docs/load.md's tables of capacity, from capacity.json in build: none of their figures is written by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.trials.bench import docs
from tests.trials.capacity.demands import Demands
from tests.trials.capacity.measure import as_table
from tests.trials.load.docs import PAGE


def write(build: Path) -> list[str]:
    """Fill the place, where there is a report; the name of it.

    Raises:
        MeasurementError: there is no report.
    """
    return docs.write(PAGE, build, {"capacity": tables})


def tables(figures: Mapping[str, Any]) -> str:
    """What a film takes, every trial, and the curve."""
    demands = {int(threads): Demands.read(stored) for threads, stored in figures["demands"].items()}
    threads = [f"{count} thread{'s' * (count > 1)}" for count in demands]
    contention = f" The same work takes {demands[1].contention:.0%} longer when every processor works."
    parts = [
        docs.taken(figures) + f" {figures['seconds']:g} s a trial.{contention}",
        docs.table(["processor time of a film, ms", *threads], as_table(demands)),
        docs.table(
            ["plan", "users", "bottleneck", "films/s, predicted", "measured", "off", "p95 ms, predicted", "measured"],
            [_trial(trial) for trial in figures["trials"]],
        ),
        docs.table(
            ["films/s that arrive", "p95 ms, predicted", "measured"],
            [[point["per_s"], point["predicted_p95_ms"], point["measured_p95_ms"] or ""] for point in figures["curve"]],
        ),
        docs.targets(figures),
    ]
    return "\n\n".join(parts)


def _trial(trial: Mapping[str, Any]) -> list[Any]:
    names = ("name", "users", "bottleneck", "predicted_per_s", "measured_per_s")
    p95 = [f"{trial[name]:.0f}" for name in ("predicted_p95_ms", "measured_p95_ms")]
    return [*(trial[name] for name in names), f"{trial['off']:.0%}", *p95]
