"""From what a film takes and how many servers there are to what the whole can do.

What is assumed, beside what the simulation says of itself:

- a film meets the parts in the order of `_path`, the gateway's event loop between them, in equal portions; where no
  film waits, the segmenter is asked while the discriminator looks;
- an event loop, Locust and Valkey are one server each; a TorchServe has two threads of its own for requests
  (number_of_netty_threads), a worker takes one film at a time (batchSize 1), a gateway reads as many files at once as
  it has processors, and holds Python's lock for a negligible time meanwhile;
- time that a film spends without using a processor (alone_s less its work) is the same whatever the load;
- films come from nowhere else: listener and reading room are not part of it.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tests.trials.capacity import processors, simulation
from tests.trials.capacity.demands import CLIENT, VALKEY, Demands, parts
from tests.trials.capacity.network import Beside, Outcome, Station, Step, System
from vocabulary.stages import STAGES

NETTY_THREADS = 2
"""Source: deploy/torchserve/config.properties."""

LOOP_VISITS = 5
"""Of a film: when it has come, when it is decoded, and after each stage."""

FILMS = 2000
"""Simulated: the standard error of a p95 is then a few percent."""

VARIATION = 0.3
"""Of every part whose own is not measured: without any, films that share a processor would go on in step."""


@dataclass(frozen=True)
class Servers:
    """Of one stage: workers in all its replicas, the replicas, and the processors that one call can use at once."""

    workers: int = 1
    replicas: int = 1
    threads: int = 1


@dataclass(frozen=True)
class Layout:
    """How many of each, and on which processors."""

    stages: Mapping[str, Servers] = field(default_factory=lambda: {stage: Servers() for stage in STAGES})
    gateways: int = 1
    cores: int = 2
    confined: Mapping[str, Collection[int]] = field(default_factory=dict)
    """Process ("" is the client) to its processors; the others have all. Sets are the same, or have none in common."""
    client: bool = True
    """Whether what sends the films runs on the same processors."""


@dataclass(frozen=True)
class Bound:
    """What nothing can exceed: the films a second, and which part or which processors say so."""

    per_s: float
    bottleneck: str


def system(demands: Demands, layout: Layout) -> System:
    """Stations, processors and steps."""
    pools = _pools(layout)
    busy = demands.idle_cores / sum(pools.values())  # spread evenly: it is little
    return System(
        stations={part: Station(_servers(part, layout), _pool(part, layout)) for part in _parts(layout)},
        pools={name: cores * (1 - busy) for name, cores in pools.items()},
        path=list(_path(demands, layout)),
        delay_s=_delay_s(demands, layout),
        contention=demands.contention,
    )


def bound(demands: Demands, layout: Layout, users: int | None = None) -> Bound:
    """By the operational laws alone: every part's servers, every pool's processors, and how many ask.

    Source:
        Lazowska et al. 1984, chapter 5: asymptotic bounds.
    """
    whole = system(demands, layout)
    limits: dict[str, float] = {"users": users / demands.alone_s} if users else {}
    for part, station in whole.stations.items():
        held_s = sum(step.work_s / step.width for step in whole.steps if step.station == part)
        limits[part] = station.servers / held_s if held_s else math.inf
    for pool, cores in whole.pools.items():
        work_s = sum(step.work_s for step in whole.steps if whole.stations[step.station].pool == pool)
        limits[pool] = cores / (work_s * (1 + whole.contention)) if work_s else math.inf
    first = min(limits, key=lambda name: limits[name])
    return Bound(limits[first], first)


def closed(demands: Demands, layout: Layout, users: int, films: int = FILMS) -> Outcome:
    """So many users who send the next film as soon as the last is answered."""
    return simulation.closed(system(demands, layout), users, films)


def open_(demands: Demands, layout: Layout, per_s: float, films: int = FILMS) -> Outcome:
    """Films that arrive at random times."""
    return simulation.open_(system(demands, layout), per_s, films)


def _path(demands: Demands, layout: Layout) -> Iterator[Step | Beside]:
    """What a film goes through, each part's processor time divided among its visits."""
    used = demands.cpu_s

    def of(part: str, visits: int = 2) -> Step:
        return Step(part, used[part] / visits, variation=VARIATION)

    loop, valkey = of(processors.LOOP, LOOP_VISITS), of(VALKEY)
    client = [of(CLIENT)] if layout.client else []
    yield from client
    yield from (loop, of(processors.THREADS, 1), loop, valkey)
    calls = {stage: _call(stage, demands, layout, of(processors.java(stage))) for stage in STAGES}
    yield Beside([*calls["discriminator"], loop], [*calls["segmenter"], loop])
    yield from (*calls["classifier"], loop, valkey)
    yield from client


def _call(stage: str, demands: Demands, layout: Layout, java: Step) -> list[Step]:
    """To a stage and back."""
    part = processors.worker(stage)
    return [java, Step(part, demands.cpu_s[part], layout.stages[stage].threads, demands.variation[stage]), java]


def _parts(layout: Layout) -> list[str]:
    return parts() if layout.client else [part for part in parts() if part != CLIENT]


def _servers(part: str, layout: Layout) -> int:
    for stage, servers in layout.stages.items():
        if part == processors.worker(stage):
            return servers.workers
        if part == processors.java(stage):
            return servers.replicas * NETTY_THREADS
    return {processors.LOOP: layout.gateways, processors.THREADS: layout.gateways * layout.cores}.get(part, 1)


def _pool(part: str, layout: Layout) -> str:
    process = "" if part == CLIENT else part.partition(" ")[0]
    return _named(layout.confined.get(process))


def _pools(layout: Layout) -> dict[str, float]:
    """Name to how many processors."""
    chosen = {_named(cores): float(len(cores)) for cores in layout.confined.values()}
    left = layout.cores - sum(chosen.values())
    return chosen | ({_named(None): left} if left > 0 else {})


def _named(cores: Collection[int] | None) -> str:
    return f"processors {','.join(map(str, sorted(cores)))}" if cores else "all processors"


def _delay_s(demands: Demands, layout: Layout) -> float:
    """What a film that is alone waits for something else than a processor."""
    measured = replace(layout, client=True)  # as it was when alone_s was
    return max(demands.alone_s - System({}, {}, list(_path(demands, measured))).alone_s, 0.0)
