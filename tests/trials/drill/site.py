"""What is broken: a stack in two halves, with proxies of ours on some of the ways between them."""

import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
import psutil

from local import leftovers, readiness
from local.places import ROOT
from local.plan import Plan
from local.ports import Ports
from local.stack import Stack
from tests.trials.drill.fault import SkippedError
from tests.trials.drill.films import Film, learn
from tests.trials.drill.proxy import Proxy
from vocabulary.stages import STAGES

if TYPE_CHECKING:
    from tests.trials.drill.load import Load
    from tests.trials.drill.ward import Clock, Disk

READY_S = 120
SAMPLES = ROOT / "tests" / "data"


class Site:
    """Valkey and stages in one stack; gateway and what else is wanted in another, which is given the proxies' ports.

    So the gateway is configured as it always is, and what is not behind a proxy is reached without one: a process that
    is killed behind a proxy would look like a network that hangs up.
    """

    def __init__(
        self,
        folder: Path,
        archives: Path,
        plan: Plan,
        proxied: Iterable[str] = (),
        front: Sequence[str] = ("gateway",),
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Describe it.

        Args:
            folder: for both stacks' logs and state.
            archives: of the stages.
            plan: how many replicas there are.
            proxied: process names of replicas that the gateway reaches by way of a proxy.
            front: the other processes.
            env: added to every process's environment.
        """
        self.stages = Stack(folder / "stages", Ports.free(), archives, env, ("valkey", *STAGES), plan=plan)
        known = self.stages.ports
        self._proxies = {name: Proxy(known.stages[name].grpc) for name in proxied if name in known.stages}
        self._front = folder / "front", archives, env, front
        self.films: list[Film] = []
        self.disk: Disk | None = None
        """That all of it is on, where it can be filled."""
        self.clock: Clock | None = None
        """That all of it lives by, where it can be turned."""
        self.load: Load
        """The one under which it is being broken."""

    def up(self) -> Self:
        """Start it, and learn what the films are."""
        for proxy in self._proxies.values():
            proxy.start()
        known = self.stages.ports
        ports = known.stages | {name: replace(known.stages[name], grpc=at.port) for name, at in self._proxies.items()}
        folder, archives, env, front = self._front
        self.front = Stack(folder, replace(known, stages=ports), archives, env, front, plan=self.stages.plan)
        self.stages.up()
        _same_password(self.stages, self.front)
        self.front.up()
        for stack in (self.stages, self.front):
            stack.wait_ready(READY_S)
        self.films = learn(self.url, SAMPLES)
        return self

    def down(self) -> None:
        """Stop all of it."""
        for name in ("front", "stages"):
            if stack := getattr(self, name, None):
                stack.down()
        for proxy in self._proxies.values():
            proxy.stop()

    @property
    def url(self) -> str:
        """Of the gateway."""
        return self.front.url

    def proxy(self, name: str) -> Proxy:
        """On the way to a replica.

        Raises:
            SkippedError: there is none.
        """
        if name not in self._proxies:
            raise SkippedError(f"there is no proxy before {name}")
        return self._proxies[name]

    def processes(self, name: str) -> list[psutil.Process]:
        """All live ones of a process that supervisor runs, workers included."""
        stack = self.stages if name in self.stages.names else self.front
        return leftovers.belonging(str(stack.places.run), name)

    def workers(self, name: str) -> list[psutil.Process]:
        """The Python workers of a replica."""
        return [each for each in self.processes(name) if any("model_service_worker" in word for word in _command(each))]

    def replica(self, name: str) -> list[psutil.Process]:
        """All processes of one of several replicas of a stage.

        Raises:
            SkippedError: it is the only one.
        """
        if len(self.stages.plan.replicas(stage=name.partition("-")[0])) < 2:
            raise SkippedError("the stage has one replica")
        return self.processes(name)

    def side(self, stage: str) -> int:
        """Pixels of the square that a stage wants."""
        if found := readiness.describe(stage, self.stages.target(stage), timeout_s=10):
            return found.side
        raise SkippedError(f"the {stage} does not say how large its films are")

    def everything(self) -> list[psutil.Process]:
        """Every live process of both stacks."""
        return [each for stack in (self.stages, self.front) for each in stack.left()]

    def wait_ready(self) -> bool:
        """Whether the gateway says, before READY_S have passed, that it is ready, and every replica up."""
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if readiness.http_ready(self.url, timeout_s=5) and self._up() == len(self.stages.plan.replicas()):
                return True
            time.sleep(0.2)
        return False

    def _up(self) -> float:
        """Replicas that the gateway knows as up."""
        told = self.metrics().items()
        return sum(count for name, count in told if name.startswith("cxr_stage_replicas") and 'state="up"' in name)

    def metrics(self) -> dict[str, float]:
        """The gateway's, by name and labels; empty where it does not answer."""
        try:
            text = httpx.get(f"{self.url}/metrics", timeout=5).text
        except httpx.HTTPError:
            return {}
        rows = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def clear(folder: Path) -> None:
    """Remove what an earlier drill left, its logs included."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _same_password(stages: Stack, front: Stack) -> None:
    """The gateway of the one asks the Valkey of the other."""
    front.places.run.mkdir(parents=True, exist_ok=True)
    shutil.copy(stages.places.cache_password, front.places.cache_password)
