"""Plans on this machine whose limit is predicted, and then looked for with Locust."""

import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from local.plan import STABLE, Plan, Size
from local.ports import Ports
from local.stack import Stack
from tests.stacks import ready
from tests.trials.bench.client import Gateway
from tests.trials.bench.stacks import SETTLE_S
from tests.trials.bench.variants import Film
from tests.trials.capacity.measure import FIRST
from tests.trials.capacity.model import Layout, Servers
from vocabulary.stages import STAGES

PARTS = ("valkey", *STAGES, "gateway")
"""Of a stack that is measured: listener and reading room ask the gateway for other things, when they want to."""

READY_WITHIN_S = 300
"""Far above what a start takes, for several workers of each on a busy machine: minutes of measuring would be lost."""

FIRST_CORE, OTHER_CORE = (0,), (1,)


@dataclass(frozen=True)
class Trial:
    """A plan, where its processes run, and how many ask."""

    name: str
    plan: str = ""
    """As `make up STAGES=` takes it; threads are threads'."""
    threads: int = 1
    confined: Mapping[str, Collection[int]] = field(default_factory=dict)
    """Process to its processors; "" is Locust. The others have all."""
    users: int = 16

    @property
    def whole(self) -> Plan:
        """The plan, threads included."""
        return Plan.parse(" ".join([*(f"{stage}.threads={self.threads}" for stage in STAGES), self.plan]))

    def layout(self, cores: int) -> Layout:
        """What the model makes of it."""
        return replace(layout(self.whole, cores), confined=self.confined)


def layout(plan: Plan, cores: int) -> Layout:
    """A plan's stable release, on so many processors."""
    return Layout({stage: _servers(plan.releases[STABLE][stage]) for stage in STAGES}, cores=cores)


def _servers(size: Size) -> Servers:
    return Servers(size.replicas * size.workers, size.replicas, size.threads or 1)


_STAGES_ALONE = {**dict.fromkeys(STAGES, FIRST_CORE), **dict.fromkeys(("gateway", "valkey", ""), OTHER_CORE)}
_SEGMENTER_ALONE = {"segmenter": FIRST_CORE} | {
    name: OTHER_CORE for name in ("discriminator", "classifier", "gateway", "valkey", "")
}

TRIALS = (
    Trial("one of each, one user", users=1),
    Trial("one of each"),
    Trial("the stages on one core", confined=_STAGES_ALONE),
    Trial("the segmenter on a core of its own", confined=_SEGMENTER_ALONE),
    Trial("two workers each", plan=" ".join(f"{stage}.workers=2" for stage in STAGES)),
    Trial("two replicas of segmenter and classifier", plan="segmenter=2 classifier=2"),
    Trial("two threads each", threads=2),
)
"""The first five need three starts of a stack: those of one plan come after each other."""


def of_this_machine(cores: int) -> tuple[Trial, ...]:
    """Those that it has the processors for."""
    return tuple(trial for trial in TRIALS if all(core < cores for where in trial.confined.values() for core in where))


@contextmanager
def warm(plan: Plan, run: Path, archives: Path, film: Path, films: int) -> Iterator[Stack]:
    """A stack of a plan, on free ports, that has computed so many films."""
    stack = Stack(run, Ports.free(), archives, processes=PARTS, plan=plan)
    stack.check_down()
    with ready(stack, READY_WITHIN_S):
        time.sleep(SETTLE_S)
        replicas = max(len(plan.replicas(stage=stage)) for stage in STAGES)
        Gateway(stack.url).warm(Film.read(film).file(FIRST), films * replicas)
        yield stack
