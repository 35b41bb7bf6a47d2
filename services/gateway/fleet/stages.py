"""The stages of a release, as the cascade asks them."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable

import stamina
import structlog

from cxr import wire
from cxr.radiograph import Pixels
from gateway.errors import StageTimeoutError, StageUnavailableError
from gateway.fleet.addresses import RESOLVE_S, Addresses
from gateway.fleet.pool import Pool
from gateway.fleet.releases import Where
from gateway.fleet.replica import Replica, ReplicaLostError
from gateway.lanes import Lane
from gateway.metrics import Metrics
from gateway.tracing import span

log = structlog.get_logger()

MAX_TRIES = 3
"""Of one call: its replica may die under it, and so may the next."""

PATIENCE_S = 4.0
"""How long after a stage went down its films still wait for it.

Source:
    TorchServe restarts a worker in 2.3 to 3.6 s. What is down for longer is not about to come back, and who asks is
    better told so at once.
"""


class StageChangedError(StageUnavailableError):
    """The archive that the film was begun with does not answer any more, but another does: begin again with that."""


class Stage:
    """One stage of one release: the replicas at its addresses, one version of them at a time."""

    def __init__(self, name: str, pool: Pool, where: Where, metrics: Metrics) -> None:
        """Of a pool that other releases may use too.

        Args:
            name: of the vocabulary.
            pool: of all replicas of this stage.
            where: the addresses of those that are this release's, and what is pinned of them.
            metrics: the gateway's.
        """
        self.name = name
        self.pool = pool
        self._addresses = Addresses.parse(where.at)
        self._pinned = where
        self._metrics = metrics
        self._at: dict[str, str | None] = {}
        self._refused: dict[str, wire.Description] = {}
        self._digest = ""
        self._made = time.monotonic()

    def mine(self, replica: Replica) -> bool:
        """Whether a replica is one of this release's, up or not."""
        return replica.address in self._at

    def replicas(self) -> tuple[int, int]:
        """How many are up and have what is pinned, and how many are down or refused."""
        up, mine = len(self.up()), sum(map(self.mine, self.pool.replicas.values()))
        return up, mine - up

    def up(self) -> list[Replica]:
        """Its replicas that are up and have what is pinned."""
        return self._up(None)

    def now(self) -> wire.Description | None:
        """Who the stage is for a film that is begun now; None while no replica is up.

        While a new version is rolled out, films go to the old one until most replicas are new, and then to the new one.
        """
        found = [replica.description for replica in self.up() if replica.description]
        if not found:
            return None
        counts = Counter(who.digest for who in found)
        self._digest = max(counts, key=lambda digest: (counts[digest], digest == self._digest, digest))
        return next(who for who in found if who.digest == self._digest)

    async def description(self, timeout_s: float) -> wire.Description:
        """As now; waits for a replica where none is up.

        Raises:
            StageUnavailableError: no replica is up, nor came up in time.
        """
        while (who := self.now()) is None:
            await self._come_up(timeout_s)
        return who

    async def ask(
        self, pixels: Pixels, request_id: str, timeout_s: float, lane: Lane = Lane.ROUTINE, digest: str | None = None
    ) -> wire.Reply:
        """The stage's answer to square pixels, of a replica that has room, and of another one where that is lost.

        Args:
            pixels: shape (side, side).
            request_id: for the stage's log.
            timeout_s: for all tries together, the wait for room included.
            lane: who goes first.
            digest: of the archive that has to answer; None for any.

        Raises:
            StageChangedError: no replica with that archive is up, but others are.
            StageError: the stage did not answer.
        """
        with self._metrics.stage(self.name):
            try:
                async with asyncio.timeout(timeout_s):
                    return await self._tries(wire.encode_request(pixels, request_id), lane, digest)
            except TimeoutError as error:
                raise StageTimeoutError(self.name, "did not answer in time") from error

    async def resolve(self) -> None:
        """Look up where its replicas are, once."""
        self._at = await self._addresses.resolve(self._at)
        self.pool.want(self, self._at)

    async def watch(self) -> None:
        """Look up where its replicas are, and whether they have what is pinned, again and again. Until cancelled."""
        while True:
            await asyncio.sleep(RESOLVE_S)
            if self._addresses.named:
                await self.resolve()
            self._tell_refused()

    def _tell_refused(self) -> None:
        """Log, once each, who answers at one of its addresses and is not what is pinned."""
        at = {each.address: each.description for each in self.pool.replicas.values() if self.mine(each)}
        accepted = {each.address for each in self.up()}
        refused = {address: who for address, who in at.items() if who and address not in accepted}
        for address, who in refused.items():
            if self._refused.get(address) != who:
                told = {"version": who.version, "digest": who.digest, "address": address}
                pinned = self._pinned.model_dump(exclude={"at"}, exclude_none=True)
                log.error("replica refused", stage=self.name, pinned=pinned, **told)
        self._refused = refused

    async def _tries(self, data: bytes, lane: Lane, digest: str | None) -> wire.Reply:
        try:
            return await self._try(data, lane, digest)
        except ReplicaLostError:  # rare, while setting up for it would cost every call
            pass
        again = stamina.retry_context(
            on=ReplicaLostError, attempts=MAX_TRIES - 1, timeout=None, wait_initial=0.05, wait_max=0.5, wait_jitter=0.05
        )
        async for attempt in again:
            with attempt:
                self._metrics.retries.labels(self.name).inc()
                return await self._try(data, lane, digest)
        raise AssertionError("stamina returns or raises")

    async def _try(self, data: bytes, lane: Lane, digest: str | None) -> wire.Reply:
        waiting = time.perf_counter()
        with span("queue"):
            replica = await self._take(lane, digest)
        sent = time.perf_counter()
        with span("transport", kind="CLIENT", replica=replica.address):
            reply = await replica.ask(data, elsewhere=lambda: bool(self._up(digest)))
        self._metrics.answered(self.name, lane, sent - waiting, time.perf_counter() - sent, reply.predict_ms / 1000)
        if digest and reply.digest != digest:
            raise StageChangedError(self.name, "its archive was changed during the request")
        return reply

    async def _take(self, lane: Lane, digest: str | None) -> Replica:
        """A replica with room; waits for one that is up, too, where the stage went down not long ago."""
        while True:
            if digest and self.up() and not self._up(digest):
                raise StageChangedError(self.name, "another version took over")
            with self._metrics.queued.labels(self.name, lane.label).track_inprogress():
                replica = await self.pool.take(lane, lambda each: self._accepts(each, digest))
            if replica is not None:
                return replica
            if not self.up():
                await self._come_up(PATIENCE_S)

    async def _come_up(self, timeout_s: float) -> None:
        """Returns when something has changed.

        Raises:
            StageUnavailableError: no replica came up in time.
        """
        since = max((each.down_since for each in self.pool.replicas.values() if self.mine(each)), default=self._made)
        left = min(timeout_s, since + PATIENCE_S - time.monotonic())
        try:
            async with asyncio.timeout(max(left, 0)):
                await self.pool.change()
        except TimeoutError as error:
            raise StageUnavailableError(self.name, "no replica is up") from error

    def _accepts(self, replica: Replica, digest: str | None) -> bool:
        who = replica.description
        if who is None or replica.address not in self._at:
            return False
        pinned = self._pinned
        return pinned.version in (None, who.version) and {pinned.digest, digest} <= {None, who.digest}

    def _up(self, digest: str | None) -> list[Replica]:
        return self.pool.up(lambda replica: self._accepts(replica, digest))


class Stages:
    """The stages of a release."""

    def __init__(self, release: str, stages: Iterable[Stage]) -> None:
        """Those of a problem, in the order of asking."""
        self.release = release
        self._named = {stage.name: stage for stage in stages}

    def __getitem__(self, name: str) -> Stage:
        return self._named[name]

    def all(self) -> tuple[Stage, ...]:
        """In the order of asking."""
        return tuple(self._named.values())

    async def descriptions(self, timeout_s: float) -> dict[str, wire.Description]:
        """Stage name to who it is.

        Raises:
            StageUnavailableError: one of them is not up.
        """
        found = await asyncio.gather(*(stage.description(timeout_s) for stage in self.all()))
        return dict(zip(self._named, found, strict=True))

    async def ready(self, timeout_s: float) -> bool:
        """Whether all are up, or come up in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                for stage in self.all():
                    while stage.now() is None:
                        await stage.pool.change()
                return True
        return False
