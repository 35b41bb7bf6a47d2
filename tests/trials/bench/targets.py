"""What is aimed for: reported as met or missed, never asserted, since another machine has other figures."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """One figure, and the limit that it should keep."""

    figure: str
    limit: float
    at_most: bool
    text: str


BENCH = (
    Target("gateway_over_in_process_p50", 1.2, True, "gateway / in process, p50, not cached"),
    Target("cached_speedup_p50", 30, False, "times that a cached answer is faster, p50"),
    Target("stack_memory_mb", 1200, True, "MB of the whole stack at rest"),
    Target("networks_p50_ms", 35, True, "ms of all three networks, one film, two threads, p50"),
    Target("largest_archive_mb", 20, True, "MB of the largest archive"),
    Target("ready_s", 8, True, "s from start to ready"),
)

LOAD = (
    Target("uncached_over_in_process_one_at_a_time", 0.8, False, "uncached requests/s / in process, one at a time"),
    Target("uncached_over_in_process_best", 0.9, False, "uncached requests/s / in process, best"),
)


@dataclass(frozen=True)
class Verdict:
    """A target, the figure, and whether it is met; neither where there is no figure."""

    text: str
    limit: str
    value: float | None
    met: bool | None

    @property
    def word(self) -> str:
        """Met or missed."""
        return {True: "met", False: "missed", None: "not measured"}[self.met]


def judge(targets: tuple[Target, ...], figures: Mapping[str, Any]) -> dict[str, Verdict]:
    """Figure name to verdict."""
    return {target.figure: _judge(target, figures.get(target.figure)) for target in targets}


def _judge(target: Target, value: float | None) -> Verdict:
    limit = f"{'≤' if target.at_most else '≥'} {target.limit:g}"
    if value is None:
        return Verdict(target.text, limit, None, None)
    return Verdict(target.text, limit, value, value <= target.limit if target.at_most else value >= target.limit)


def stored(verdicts: Mapping[str, Verdict]) -> dict[str, dict[str, Any]]:
    """For a JSON report."""
    return {figure: asdict(verdict) for figure, verdict in verdicts.items()}
