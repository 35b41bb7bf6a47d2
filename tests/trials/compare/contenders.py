"""Who is compared: this stack, plain Python, and the libraries."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from imaging.file import File
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests.trials.bench import usage
from tests.trials.bench.cascade import Cascade
from tests.trials.compare.contender import READY_TIMEOUT_S, Contender, Running, Setting, asking
from tests.trials.compare.libraries import LIBRARIES, of_library
from tests.trials.compare.users import Ask, Connection

PATIENT = {"CXR_QUEUE_S": "9", "CXR_DEADLINE_S": "60"}
"""The others take whatever comes and let it wait; here too, nobody is told to come again."""

PARTS = ("valkey", "discriminator", "segmenter", "classifier", "gateway")


def contenders(plans: Sequence[str]) -> list[Contender]:
    """Ourselves, with the plain plan and others; plain Python; and the libraries."""
    return [
        Contender("this stack", partial(_stack, plan=Plan())),
        *(Contender(f"this stack, {text}", partial(_stack, plan=Plan.parse(text))) for text in plans),
        Contender("in process, no HTTP", _in_process),
        *(of_library(name, library) for name, library in LIBRARIES.items()),
    ]


@contextlib.contextmanager
def _stack(setting: Setting, plan: Plan) -> Iterator[Running]:
    """Valkey, TorchServes and gateway: what the others have nothing of, listener and reading room, stays out."""
    run = setting.logs / "stack"
    stack = Stack(run, Ports.free(), setting.archives, PATIENT, PARTS, plan)
    stack.check_down()
    started = time.perf_counter()

    def user() -> Ask:
        return asking(Connection(stack.ports.gateway, "/v1/assessments", None, stack.places.token))

    try:
        stack.up()
        stack.wait_ready(READY_TIMEOUT_S)
        user()(setting.film)
        yield Running(time.perf_counter() - started, user, lambda: sum(usage.memory_mb(run).values()))
    finally:
        stack.down()


@contextlib.contextmanager
def _in_process(setting: Setting) -> Iterator[Running]:
    """A cascade a core, each in a thread of this process: users wait for one that is free."""
    started = time.perf_counter()
    before = usage.own_mb()
    cascades = [Cascade.load(setting.unpacked) for _ in range(setting.cores)]
    free = list(cascades)

    def assess(film: bytes) -> dict[str, Any]:
        cascade = free.pop()
        try:
            return cascade.assess(File(film, "image/png"))[0].conclusion.model_dump(mode="json")
        finally:
            free.append(cascade)

    with ThreadPoolExecutor(setting.cores) as pool, contextlib.ExitStack() as stack:
        for cascade in cascades:
            stack.callback(cascade.close)
        pool.submit(assess, setting.film).result()
        ready_s = time.perf_counter() - started
        yield Running(ready_s, lambda: lambda film: pool.submit(assess, film).result(), lambda: usage.own_mb() - before)
