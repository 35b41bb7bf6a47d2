"""What a shape's figures have to keep: limits with defaults, each met or missed; one missed makes the exit code 1."""

from collections.abc import Mapping
from typing import Any

from tests.trials.bench.targets import Target, Verdict, judge
from tests.trials.load.kit.sending.shapes import SOAK_PARTS, Shape

MIN_ANSWERS = 20
"""Answers that a p95 is worth something of: with fewer, it is the slowest one."""

LIMITS = {
    "error_share": Target("error_share", 0, True, "share of requests with an unexpected answer"),
    "shed_share": Target("shed_share", 0.01, True, "share shed while there is room"),
    "p95_ms": Target("p95_ms", 2000, True, "p95 in ms, slowest judged phase"),
    "goodput_share": Target("goodput_share", 0.9, False, "goodput in the overload / capacity"),
    "urgent_ratio": Target("urgent_ratio", 2, True, "p95 of urgent films, overload / half load"),
    "recovery_ratio": Target("recovery_ratio", 1.5, True, "p95 after the spike / before"),
    "drift_ratio": Target("drift_ratio", 1.25, True, "p95 of the last quarter / the first"),
    "memory_ratio": Target("memory_ratio", 1.1, True, "memory after / before, largest of all processes"),
}
"""By name: that of the option too.

Source:
    2 s is what a routine film may wait in the gateway's queue (CXR_QUEUE_S); the ratios are ours: what a person would
    call the same.
"""

SHAPES = {
    "steady": ("error_share", "p95_ms"),
    "ramp": ("error_share", "shed_share", "p95_ms"),
    "spike": ("error_share", "shed_share", "recovery_ratio"),
    "soak": ("error_share", "p95_ms", "drift_ratio", "memory_ratio"),
    "overload": ("error_share", "shed_share", "p95_ms", "goodput_share", "urgent_ratio"),
}
"""Which hold in which shape."""


def verdicts(
    shape: Shape, figures: Mapping[str, Any], capacity_per_s: float, said: Mapping[str, float | None]
) -> dict[str, Verdict]:
    """Name to verdict, of the limits that hold in a shape.

    Args:
        shape: what was asked.
        figures: a record's; memory_ratio where it was measured.
        capacity_per_s: what goodput is compared with.
        said: limits instead of the defaults; None is the default.
    """
    limits = [_limit(LIMITS[name], said.get(name)) for name in SHAPES[shape.name]]
    asked = [limit for limit in limits if limit.figure not in _unasked(figures)]
    return judge(tuple(asked), _judged(shape, figures, capacity_per_s))


def met(found: Mapping[str, Verdict]) -> bool:
    """Whether all are; what could not be measured is not."""
    return all(verdict.met for verdict in found.values())


def _limit(target: Target, said: float | None) -> Target:
    return target if said is None else Target(target.figure, said, target.at_most, target.text)


def _unasked(figures: Mapping[str, Any]) -> set[str]:
    """Limits of what is not there: the lane of a mix without urgent films, the memory of somebody else's stack."""
    urgent = any("urgent" in phase["lanes"] for phase in figures["phases"].values())
    missing = {"memory_ratio"} if "memory_ratio" not in figures else set()
    return missing if urgent else missing | {"urgent_ratio"}


def _judged(shape: Shape, figures: Mapping[str, Any], capacity_per_s: float) -> dict[str, float | None]:
    phases = figures["phases"]
    judged = [phases[phase.name] for phase in shape.phases if phase.judged]
    asked = sum(phase["requests"] for phase in judged)
    slowest = [phase["p95_ms"] for phase in judged]
    return {
        "error_share": figures["errors"] / figures["requests"] if figures["requests"] else None,
        "shed_share": sum(phase["shed"] for phase in judged) / asked if asked else None,
        "p95_ms": max(slowest) if slowest and None not in slowest else None,
        "goodput_share": _over(phases.get("overload", {}).get("goodput_per_s"), capacity_per_s),
        "urgent_ratio": _over(_urgent(phases, "overload"), _urgent(phases, "half")),
        "recovery_ratio": _over(_p95(phases, "after"), _p95(phases, "before")),
        "drift_ratio": _over(_p95(phases, SOAK_PARTS[-1]), _p95(phases, SOAK_PARTS[0])),
        "memory_ratio": figures.get("memory_ratio"),
    }


def _over(above: float | None, below: float | None) -> float | None:
    return above / below if above is not None and below else None


def _p95(phases: Mapping[str, Any], name: str) -> float | None:
    """None with too few answers to know it."""
    return _known(phases.get(name))


def _urgent(phases: Mapping[str, Any], name: str) -> float | None:
    return _known(phases.get(name, {}).get("lanes", {}).get("urgent"))


def _known(part: Mapping[str, Any] | None) -> float | None:
    if part is None or part["requests"] - part["errors"] - part["shed"] < MIN_ANSWERS:
        return None
    return float(part["p95_ms"])
