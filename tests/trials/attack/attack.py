"""The attack: the honest client alone, and then while the others are there."""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from local.stack import Stack
from tests.trials.attack import hostile
from tests.trials.attack.callers import HONEST, HOSTILE, Callers
from tests.trials.attack.honest import Honest
from tests.trials.attack.slow import Slow, ways
from tests.trials.attack.watch import Watch
from tests.trials.bench.figures import Spread
from tests.trials.drill.films import Film

MOST_TIMES = 3.0
"""By which the honest client's p95 may grow."""

MOST_BYTES = 2 * 1024**3
"""Of the gateway. Source: its limit in docker-compose.yml and deploy/kubernetes."""


@dataclass(frozen=True)
class Form:
    """How large an attack is."""

    name: str
    inputs: int
    connections: int
    alone_s: float
    """For which the honest client is watched before."""


FULL, SHORT = Form("full", 10_000, 1_000, 60), Form("short", 300, 200, 20)


def attack(stack: Stack, callers: Callers, films: Sequence[Film], form: Form, seed: int) -> dict[str, Any]:
    """What came of it, for a report."""
    ports = stack.ports
    tokens = {name: callers.token(name) for name in (HONEST, HOSTILE)}
    client = (stack.url, tokens[HONEST], films, ports.scp)
    with Honest(*client) as alone:
        time.sleep(form.alone_s)
    slow = Slow(ways(ports.gateway, ports.door, ports.scp, tokens[HOSTILE]), form.connections)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool, Watch(stack) as watch, slow, Honest(*client) as attacked:
        begun = time.monotonic()
        came = pool.submit(hostile.send, stack.url, tokens[HOSTILE], form.inputs, seed).result()
        lasted_s = time.monotonic() - begun
    before, during = Spread.of(alone.took_s), Spread.of(attacked.took_s or [float("inf")])
    return {
        "form": form.name,
        "inputs": form.inputs,
        "connections": form.connections,
        "lasted_s": round(lasted_s),
        "alone": before.rounded(),
        "attacked": during.rounded(),
        "times": round(during.p95 / before.p95, 2),
        "told_later": attacked.told_later,
        "wrong": attacked.wrong,
        "echoes": {"answered": sum(attacked.echoes), "asked": len(attacked.echoes)},
        "hostile": {"answers": dict(came.answers), "wrong": dict(came.wrong), "slowest_s": round(came.slowest_s, 1)},
        "slow": {"opened": slow.opened, "hung_up": slow.hung_up, "refused": slow.refused},
        "restarts": watch.restarts(),
        "memory_mb": {
            name: [round(each / 1e6) for each in (watch.before[name], watch.most[name])] for name in watch.most
        },
        "targets": targets(during.p95 / before.p95, attacked, watch, came),
    }


def targets(times: float, honest: Honest, watch: Watch, came: hostile.Came) -> dict[str, bool]:
    """What has to be, and whether it is."""
    return {
        f"the honest client's p95 grows less than {MOST_TIMES:g} times": times < MOST_TIMES,
        "no film of the honest client is lost or answered wrongly": not honest.wrong,
        "every C-ECHO of an honest modality is answered": all(honest.echoes),
        "nothing restarts": not watch.restarts(),
        "the gateway stays below its container's memory": watch.most["gateway"] < MOST_BYTES,
        "every hostile file is answered as its own problem": not came.wrong,
    }
