"""Whose processor time a film takes: what a served film costs beside its networks, process by process."""

from collections.abc import Callable, Mapping, Sequence

from imaging.file import File
from tests.trials.bench import usage
from tests.trials.bench.cascade import Cascade
from tests.trials.bench.client import Gateway
from tests.trials.bench.stacks import Measured

LEAST_MS = 0.05
"""What a process uses less of is left out: most do nothing while a film is assessed."""


def a_film_ms(
    stack: Measured, gateway: Gateway, cascade: Cascade, files: Sequence[File]
) -> dict[str, dict[str, float]]:
    """Milliseconds of processor time a film, by process: computed, answered from the cache, and in this process.

    Computed are all of them, one after the other, then all are asked for again, and then this process computes them.
    Processes that follow the gateway, such as the reading room, work at the same time, and are told with what falls
    into it. Empty for a stack that was up already.
    """
    ways: dict[str, Callable[[File], object]] = {"computed": gateway.assess, "cached": gateway.assess}
    found = {}
    for name, way in ways.items():
        before = stack.cpu_s(java_apart=True)
        if before is None:
            return {}
        for file in files:
            way(file)
        found[name] = _each_ms(before, stack.cpu_s(java_apart=True) or {}, len(files))
    began = usage.own_cpu_s()
    for file in files:
        cascade.assess(file)
    found["in_process"] = {"all": round(1000 * (usage.own_cpu_s() - began) / len(files), 2)}
    return found


def _each_ms(before: Mapping[str, float], after: Mapping[str, float], films: int) -> dict[str, float]:
    """By process, the largest first, and all together."""
    used = {name: 1000 * (seconds - before.get(name, 0)) / films for name, seconds in after.items()}
    largest = sorted(used.items(), key=lambda each: -each[1])
    return {name: round(each, 2) for name, each in largest if each >= LEAST_MS} | {"all": round(sum(used.values()), 2)}
