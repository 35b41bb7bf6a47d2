"""A stack of one's own to measure, on free ports; or one that is up already."""

import contextlib
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.coming_up import build_archives
from local.places import DEFAULT_ARCHIVES
from local.ports import Ports
from local.stack import Stack
from tests.trials.bench import usage
from tests.trials.bench.loopback import loopback

READY_TIMEOUT_S = 120
SETTLE_S = 5
"""From ready to at rest. Source: by then neither Java nor a worker uses the processor any more."""


@dataclass(frozen=True)
class Measured:
    """A gateway to measure; what is None cannot be known of a stack that was up already."""

    url: str
    run: Path | None = None
    ready_s: float | None = None

    def memory_mb(self) -> dict[str, float] | None:
        """Process name to megabytes."""
        return usage.memory_mb(self.run) if self.run else None

    def cpu_s(self, java_apart: bool = False) -> dict[str, float] | None:
        """Process name to seconds of processor time so far; see usage.cpu_s."""
        return usage.cpu_s(self.run, java_apart) if self.run else None


@contextlib.contextmanager
def measured(
    url: str | None,
    run: Path,
    archives: Path,
    also: Collection[str] = (),
    env: Mapping[str, str] | None = None,
    settle_s: float = SETTLE_S,
) -> Iterator[Measured]:
    """The gateway at a URL of this machine, or, without one, a stack that is started for it and stopped after it.

    The archives are built first where they are those of `make models`. A URL of one of also's hosts is taken as well;
    env is for the processes of the stack.

    Raises:
        MeasurementError: the URL is another machine's.
        StackError: the stack does not come up.
    """
    if url:
        yield Measured(loopback(url, also))
        return
    if archives == DEFAULT_ARCHIVES:
        build_archives(archives)
    stack = Stack(run, Ports.free(), archives, env)
    stack.check_down()
    try:
        started = time.perf_counter()
        stack.up()
        stack.wait_ready(READY_TIMEOUT_S)
        ready_s = time.perf_counter() - started
        time.sleep(settle_s)
        yield Measured(stack.url, run, ready_s)
    finally:
        stack.down()
