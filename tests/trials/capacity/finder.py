"""The smallest plan that keeps a target: films a second, and the p95 of their answers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from local.plan import LIMITS
from tests.trials.capacity import model, processors
from tests.trials.capacity.demands import Demands
from tests.trials.capacity.model import Layout, Servers
from tests.trials.capacity.network import Outcome
from vocabulary.stages import STAGES

WORKERS = 4
"""In one replica at most: if it dies, they are all gone for seconds."""

FULL = 0.9
"""Utilisation beyond which none is planned: a few percent more films, and the line has no end."""

IDLE = 0.4
"""Utilisation under which another server shortens no line that matters."""

SHARE = 0.95


@dataclass(frozen=True)
class Target:
    """What is wanted."""

    per_s: float
    p95_s: float
    cores: int
    spare: int = 0
    """Replicas more than are needed, of each stage and of the gateway: so many may be gone."""


@dataclass(frozen=True)
class Found:
    """A plan that keeps a target."""

    layout: Layout
    outcome: Outcome
    memory_mb: float

    @property
    def threads(self) -> int:
        """Of every stage."""
        return max(servers.threads for servers in self.layout.stages.values())


class NoPlanError(Exception):
    """None keeps the target: the message says why, and what would."""


def find(demands: Mapping[int, Demands], target: Target) -> Found:
    """The one that takes the least memory, of those that no server can be taken from.

    Args:
        demands: threads of a call to what a film then takes.
        target: what is wanted.

    Raises:
        NoPlanError: none keeps it.
    """
    found, why = [], []
    for threads, taken in demands.items():
        try:
            found.append(_with(taken, threads, target))
        except NoPlanError as error:
            why.append(f"{threads} thread{'s' * (threads > 1)} a call: {error}")
    if not found:
        raise NoPlanError("; ".join(why))
    return min(found, key=lambda each: each.memory_mb)


def _with(demands: Demands, threads: int, target: Target) -> Found:
    needed = target.per_s * demands.total_s * (1 + demands.contention) + demands.idle_cores
    if needed > FULL * target.cores:
        raise NoPlanError(f"{target.per_s:g} films/s take {needed / FULL:.1f} processors, and there are {target.cores}")
    if demands.alone_s > target.p95_s:
        raise NoPlanError(f"a film that is alone takes {1000 * demands.alone_s:.0f} ms")
    layout = _least(demands, threads, target)
    while not keeps(outcome := model.open_(demands, layout, target.per_s), target):
        layout = _more(layout, outcome, target)
    layout, outcome = _trimmed(demands, layout, outcome, target)
    layout = _spared(layout, target.spare)
    return Found(layout, outcome, memory_mb(demands, layout))


def keeps(outcome: Outcome, target: Target) -> bool:
    """Whether it is quick enough, and no server or processor nearly always busy."""
    return outcome.quantile_s(SHARE) <= target.p95_s and max(outcome.utilisation.values()) <= FULL


def _least(demands: Demands, threads: int, target: Target) -> Layout:
    """As many servers as the films alone keep busy, by Little's law."""
    work = {stage: target.per_s * demands.cpu_s[processors.worker(stage)] / threads for stage in STAGES}
    stages = {stage: _stage(max(1, math.ceil(busy / FULL)), threads) for stage, busy in work.items()}
    gateways = max(1, math.ceil(target.per_s * demands.cpu_s[processors.LOOP] / FULL))
    return Layout(stages, gateways, target.cores, client=False)


def _more(layout: Layout, outcome: Outcome, target: Target) -> Layout:
    """One server more, of what is busiest.

    Raises:
        NoPlanError: servers are not what it lacks.
    """
    parts = [processors.LOOP, *(processors.worker(stage) for stage in STAGES)]
    busiest = max(parts, key=lambda part: outcome.utilisation[part])
    p95_ms = 1000 * outcome.quantile_s(SHARE)
    if outcome.utilisation[busiest] < IDLE:
        raise NoPlanError(f"the p95 is {p95_ms:.0f} ms however many there are: {target.cores} processors are too few")
    if busiest == processors.LOOP:
        return replace(layout, gateways=layout.gateways + 1)
    stage = busiest.split(" ")[0]
    if layout.stages[stage].workers >= LIMITS["replicas"] * WORKERS:
        raise NoPlanError(f"{layout.stages[stage].workers} workers of the {stage} are not enough")
    return _changed(layout, stage, 1)


def _trimmed(demands: Demands, layout: Layout, outcome: Outcome, target: Target) -> tuple[Layout, Outcome]:
    """Without servers that the target is kept without."""
    for stage in STAGES:
        while layout.stages[stage].workers > 1:
            fewer = _changed(layout, stage, -1)
            without = model.open_(demands, fewer, target.per_s)
            if not keeps(without, target):
                break
            layout, outcome = fewer, without
    while layout.gateways > 1:
        fewer = replace(layout, gateways=layout.gateways - 1)
        without = model.open_(demands, fewer, target.per_s)
        if not keeps(without, target):
            break
        layout, outcome = fewer, without
    return layout, outcome


def _changed(layout: Layout, stage: str, by: int) -> Layout:
    servers = layout.stages[stage]
    return replace(layout, stages={**layout.stages, stage: _stage(servers.workers + by, servers.threads)})


def _stage(workers: int, threads: int) -> Servers:
    return Servers(workers, math.ceil(workers / WORKERS), threads)


def _spared(layout: Layout, spare: int) -> Layout:
    """With so many replicas more, each as large as the others."""
    stages = {
        stage: replace(servers, workers=servers.workers + spare * each(servers), replicas=servers.replicas + spare)
        for stage, servers in layout.stages.items()
    }
    return replace(layout, stages=stages, gateways=layout.gateways + spare)


def each(servers: Servers) -> int:
    """Workers in each replica."""
    return math.ceil(servers.workers / servers.replicas)


def memory_mb(demands: Demands, layout: Layout) -> float:
    """Of all processes."""
    known = demands.memory_mb
    stages = sum(
        servers.replicas * (known[processors.java(stage)] + each(servers) * known[processors.worker(stage)])
        for stage, servers in layout.stages.items()
    )
    return stages + layout.gateways * known[processors.LOOP] + known["valkey"]
