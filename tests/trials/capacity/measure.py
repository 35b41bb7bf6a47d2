"""What a film takes, measured on a stack that is asked one film at a time."""

import re
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.trials.bench.client import Gateway
from tests.trials.bench.variants import Film
from tests.trials.capacity import processors
from tests.trials.capacity.demands import CLIENT, Demands, a_film
from tests.trials.load import locusts
from tests.trials.load.kit.sending.shapes import SOAK
from vocabulary.stages import STAGES

IDLE_S = 5.0
"""Nothing is asked for so long, to know what the stack uses by itself."""

TIMED = 60
"""Films whose stages' times are looked at one by one."""

FIRST = 60_000
"""Number of the first variant that is sent here."""

TRIMMED = 0.05
"""Of the slowest and of the quickest calls, left out of the spread: another process had the processor."""


def demands(url: str, run: Path, film: Path, seconds: float, contention: float) -> Demands:
    """What one film takes of each part, Locust included.

    Args:
        url: of a gateway that is warm.
        run: the folder of its stack.
        film: what is sent.
        seconds: for which it is.
        contention: what contention found.
    """
    idle = _idle(run)
    variation = _variation(url, film)
    inferred = _inference(url)
    before, started = processors.cpu_s(run), time.perf_counter()
    figures = steady(url, film, 1, seconds)
    after, passed = processors.cpu_s(run), time.perf_counter() - started
    films = figures["requests"] - figures["errors"]
    used = {CLIENT: figures["cpu_s"]["load test"] / films, **a_film(before, after, idle, passed, films)}
    alone_s = 1 / figures["goodput_per_s"]
    network_s = {stage: _mean(inferred[stage], told) for stage, told in _inference(url).items() if stage in inferred}
    return Demands(used, alone_s, variation, sum(idle.values()), contention, network_s, processors.memory_mb(run))


def steady(url: str, film: Path, users: int, seconds: float) -> dict[str, Any]:
    """Locust's figures of so many users, each film computed."""
    return locusts.run(url, _given(film, shape="steady", users=users, seconds=seconds))


def arriving(url: str, film: Path, per_s: float, seconds: float) -> dict[str, Any]:
    """Locust's figures of films that come at random times, each computed: a soak at that rate."""
    return locusts.run(url, _given(film, shape="soak", users=1, seconds=seconds, capacity=per_s / SOAK))


def _given(film: Path, **said: Any) -> Namespace:
    nothing = {name: None for name in (*locusts.OPTIONS, "allow_host", "users", "seconds")}
    shares = {"dicom": 0.5, "cached": 0.0, "urgent": 0.0}
    return Namespace(**nothing | shares | {"workers": 0, "expect_workers": 0, "film": film} | said)


def _idle(run: Path) -> dict[str, float]:
    """Part to processors' worth."""
    before, started = processors.cpu_s(run), time.perf_counter()
    time.sleep(IDLE_S)
    after, passed = processors.cpu_s(run), time.perf_counter() - started
    return {part: max(used - before.get(part, used), 0) / passed for part, used in after.items()}


def _variation(url: str, film: Path) -> dict[str, float]:
    """Stage to the standard deviation of its calls over their mean."""
    gateway, sent = Gateway(url), Film.read(film).file(FIRST)
    timings = [gateway.assess(sent, fresh=True)[1]["timings_ms"] for _ in range(TIMED)]
    return {stage: spread([timing[stage] for timing in timings]) for stage in STAGES}


def spread(samples: Sequence[float]) -> float:
    """Standard deviation over mean, without the extremes at both ends."""
    low, high = np.quantile(samples, (TRIMMED, 1 - TRIMMED))
    kept = [sample for sample in samples if low <= sample <= high]
    return float(np.std(kept) / np.mean(kept))


def _inference(url: str) -> dict[str, tuple[float, float]]:
    """Stage to how many calls its worker has answered, and the seconds that its network took for them."""
    told = httpx.get(f"{url}/metrics").text
    found: dict[str, dict[str, float]] = {}
    pattern = r'^cxr_stage_inference_seconds_(sum|count)\{stage="(\w+)"\} (\S+)$'
    for what, stage, value in re.findall(pattern, told, re.MULTILINE):
        found.setdefault(stage, {})[what] = float(value)
    return {stage: (each["count"], each["sum"]) for stage, each in found.items()}


def _mean(before: tuple[float, float], after: tuple[float, float]) -> float:
    count = after[0] - before[0]
    return (after[1] - before[1]) / count if count else 0.0


def as_table(found: Mapping[int, Demands]) -> list[list[str]]:
    """Part, and its milliseconds of processor time a film with so many threads."""
    rows = [[part, *(f"{1000 * each.cpu_s[part]:.1f}" for each in found.values())] for part in found[1].cpu_s]
    rows.append(["all but the load test", *(f"{1000 * each.total_s:.1f}" for each in found.values())])
    return [*rows, ["whole, one user", *(f"{1000 * each.alone_s:.1f}" for each in found.values())]]
