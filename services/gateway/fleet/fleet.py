"""The releases that are connected, and which of them answers a film."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import structlog

from gateway.fleet.channels import Channels
from gateway.fleet.pool import Make, Pool
from gateway.fleet.releases import Plan, ReleasesError, Share
from gateway.fleet.replica import Replica
from gateway.fleet.stages import Stage, Stages
from gateway.metrics import Metrics, Replicas

log = structlog.get_logger()

FILE_CHECK_S = 1.0
"""How often the file of releases is looked at."""

LEAVE_S = 15.0
"""After a switch, how long films that were begun before it find their replicas. Source: above the deadline, 10 s."""

START_S = 1.0
"""How long a gateway that starts waits for stages that are up to say so; it starts without them all the same."""

SWITCH_S = 30.0
"""How long a new plan's stages may take to come up. Source: a stage is ready 10 to 13 s after its start."""

Draw = Callable[[], float]
"""A film's draw, from 0 to less than 1, the same at each call; called only where a release has a share of the films."""


@dataclass(frozen=True)
class Connected:
    """A plan, and its releases' stages."""

    plan: Plan
    releases: dict[str, Stages]

    def answering(self, draw: Draw) -> Stages:
        """Who answers a film: the canary for its share, else the serving release."""
        share = self.plan.canary
        return self.releases[share.release if share and _falls(draw, share) else self.plan.serve]

    @property
    def canaries(self) -> list[str]:
        """The canary's name, where there is one."""
        return [self.plan.canary.release] if self.plan.canary else []

    def compared(self, draw: Draw, answered: str) -> Stages | None:
        """Who computes a film too, to be compared: the shadow, or the serving release where the shadow answered it.

        That is so while a canary that answers some films is the shadow of the others.

        Args:
            draw: the film's.
            answered: the release that answered it.
        """
        share = self.plan.shadow
        if not share or not _falls(draw, share):
            return None
        other = self.plan.serve if answered == share.release else share.release
        return self.releases[other] if other != answered else None


def _falls(draw: Draw, share: Share) -> bool:
    return draw() < share.share


class Fleet:
    """Connects what a plan names, and takes over another plan as a whole, or not at all."""

    def __init__(self, plan: Plan, channels: Channels, metrics: Metrics) -> None:
        self._channels = channels
        self._metrics = metrics
        self.pools = {name: Pool(self._maker(name)) for name in plan.problem.stages}
        self._watchers: dict[Stages, list[asyncio.Task[None]]] = {}
        self.now = self._connected(plan)

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, plan: Plan, file: Path | None, channels: Channels, metrics: Metrics) -> AsyncIterator[Self]:
        """A plan, and whatever its file says later; connections are made, lost and made again in the background."""
        fleet = cls(plan, channels, metrics)
        for stages in fleet.now.releases.values():
            await fleet._watch(stages)
        await fleet.serving.ready(START_S)
        follower = asyncio.create_task(fleet._follow(file)) if file else None
        try:
            yield fleet
        finally:
            if follower:
                follower.cancel()
                await asyncio.gather(follower, return_exceptions=True)
            fleet._leave(*list(fleet._watchers))
            await asyncio.gather(*(pool.aclose() for pool in fleet.pools.values()))

    @property
    def serving(self) -> Stages:
        """The stages that answer unless a film is the canary's."""
        return self.now.releases[self.now.plan.serve]

    async def count(
        self, stages: Stages, levels: Callable[[], Mapping[str, float]], scores: Mapping[str, float]
    ) -> None:
        """Count a film for drift; what another release than the serving one answered tells nothing of that.

        Args:
            stages: who answered it.
            levels: finds its grey levels, beside the event loop.
            scores: what was answered, by quantity.
        """
        drift, problem = self._metrics.drift, self.now.plan.problem.name
        if not drift.active(problem) or stages.release != self.serving.release:
            return
        found = await asyncio.to_thread(levels)
        if stages.release == self.serving.release:  # no switch came meanwhile
            drift.observe(problem, found, scores)

    def room(self) -> int:
        """Calls that all replicas of the serving release work on at once: a limit has one more, that waits."""
        up = (replica for stage in self.serving.all() for replica in stage.up())
        return sum(max(int(replica.limit) - 1, 1) for replica in up)

    def measure(self) -> None:
        """Set the gauges that say how the replicas are; those of before are to be forgotten first."""
        for name, role in self.now.plan.used.items():
            for stage in self.now.releases[name].all():
                up, down = stage.up(), stage.replicas()[1]
                self._metrics.replicas(name, role, stage.name, _counted(up, down))

    async def switch(self, plan: Plan) -> bool:
        """Take over a plan when all of its stages are up, or stay with the old one where they do not come up."""
        new = self._connected(plan)
        for stages in new.releases.values():
            await self._watch(stages)
        ready = await asyncio.gather(*(stages.ready(SWITCH_S) for stages in new.releases.values()))
        done = all(ready)
        old, self.now = (self.now, new) if done else (new, self.now)
        asyncio.get_running_loop().call_later(LEAVE_S if done else 0, self._leave, *old.releases.values())
        self._metrics.switches.labels("done" if done else "refused").inc()
        not_up = [name for name, each in zip(new.releases, ready, strict=True) if not each]
        if done:
            log.info("releases switched", plan=plan.used, not_up=not_up)
        else:
            log.error("releases not switched", plan=plan.used, not_up=not_up)
        return done

    def _connected(self, plan: Plan) -> Connected:
        return Connected(plan, {name: self._stages(plan, name) for name in plan.used})

    def _stages(self, plan: Plan, release: str) -> Stages:
        at = plan.releases[release].items()
        return Stages(release, [Stage(name, self.pools[name], where, self._metrics) for name, where in at])

    def _maker(self, stage: str) -> Make:
        def make(address: str, host: str | None) -> Replica:
            replica = Replica(stage, address, lambda: self._channels.open(address, host))
            replica.opened = self._metrics.breaker_opened.labels(stage).inc
            return replica

        return make

    async def _watch(self, stages: Stages) -> None:
        await asyncio.gather(*(stage.resolve() for stage in stages.all()))
        self._watchers[stages] = [asyncio.create_task(stage.watch()) for stage in stages.all()]

    def _leave(self, *releases: Stages) -> None:
        for stages in releases:
            for watcher in self._watchers.pop(stages, ()):
                watcher.cancel()
            for stage in stages.all():
                stage.pool.leave(stage)

    async def _follow(self, file: Path) -> None:
        """Take over whatever the file says anew. Until cancelled."""
        seen = _stamp(file)
        while True:
            await asyncio.sleep(FILE_CHECK_S)
            if (stamp := _stamp(file)) == seen:
                continue
            seen = stamp
            try:
                plan = Plan.read(file)
                plan.check_problem(self.now.plan.problem, file)
                reference = plan.reference(file)
            except ReleasesError as error:
                self._metrics.switches.labels("refused").inc()
                log.error("releases not read", reason=str(error))
                continue
            if plan != self.now.plan and await self.switch(plan):
                self._metrics.drift.follow(plan.problem.name, plan.serve, reference)


def _stamp(file: Path) -> tuple[int, int] | None:
    """Changes with the file, also where it is a link into a folder that is exchanged as a whole, as Kubernetes does."""
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns


def _counted(up: Sequence[Replica], down: int) -> Replicas:
    versions = frozenset(replica.description.version for replica in up if replica.description)
    return Replicas(sum(int(replica.limit) for replica in up), len(up), down, versions)
