"""The replicas of one stage, of all releases, and who waits for room at one."""

import asyncio
import bisect
import contextlib
import itertools
from collections import ChainMap
from collections.abc import Callable, Coroutine, Hashable, Mapping
from dataclasses import dataclass, field

from gateway.fleet.replica import Replica
from gateway.lanes import Lane

Accepts = Callable[[Replica], bool]
Make = Callable[[str, str | None], Replica]
"""A replica at host:port, and the name that its certificate is for, where that is not the address's."""


@dataclass(order=True)
class _Waiting:
    lane: Lane
    order: int
    accepts: Accepts = field(compare=False)
    found: "asyncio.Future[Replica | None]" = field(compare=False)


class Pool:
    """Gives room to who waits: by lane, then in the order of coming, at the replica that has the least to do."""

    def __init__(self, make: Make) -> None:
        self.replicas: dict[str, Replica] = {}
        self._make = make
        self._wanted: dict[Hashable, Mapping[str, str | None]] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()
        self._used: dict[str, int] = {}
        self._changes: set[asyncio.Event] = set()

    def want(self, owner: Hashable, addresses: Mapping[str, str | None]) -> None:
        """What an owner uses from now on; what no owner uses is closed when its calls have ended.

        Args:
            owner: who uses it.
            addresses: host:port to the name of its certificate, as Make wants them.
        """
        self._wanted[owner] = addresses
        wanted = ChainMap(*map(dict, self._wanted.values()))
        for address in wanted.keys() - self.replicas.keys():
            replica = self._make(address, wanted[address])
            replica.changed = self._changed
            self.replicas[address] = replica
            self._watchers[address] = asyncio.create_task(replica.watch())
        for address in self.replicas.keys() - wanted.keys():
            self._watchers.pop(address).cancel()
            self._keep(self.replicas.pop(address).close())
        self._changed()

    def leave(self, owner: Hashable) -> None:
        """It uses nothing any more."""
        if owner in self._wanted:
            self.want(owner, {})
            del self._wanted[owner]

    def up(self, accepts: Accepts) -> list[Replica]:
        """Replicas that are up, of those that are accepted."""
        return [replica for replica in self.replicas.values() if replica.up and accepts(replica)]

    def waiting(self, lane: Lane) -> int:
        """Calls of a lane that wait for room."""
        return sum(each.lane is lane for each in self._waiting)

    async def take(self, lane: Lane, accepts: Accepts) -> Replica | None:
        """A replica with room, which counts the call that it will be sent; None where no accepted one is up."""
        waiting = _Waiting(lane, next(self._order), accepts, asyncio.get_running_loop().create_future())
        bisect.insort(self._waiting, waiting)
        self._serve()
        try:
            return await waiting.found
        except asyncio.CancelledError:
            if waiting.found.done() and not waiting.found.cancelled() and (replica := waiting.found.result()):
                replica.in_flight -= 1  # it had just been given
                self._serve()
            raise
        finally:
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiting)

    async def change(self) -> None:
        """Returns when a replica has come or gone, or has room again."""
        event = asyncio.Event()
        self._changes.add(event)
        try:
            await event.wait()
        finally:
            self._changes.discard(event)

    async def aclose(self) -> None:
        """Let every call end, and close the connections."""
        for owner in list(self._wanted):
            self.leave(owner)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _changed(self) -> None:
        self._serve()
        for event in self._changes:
            event.set()

    def _serve(self) -> None:
        for waiting in list(self._waiting):
            if waiting.found.done():
                continue
            up = self.up(waiting.accepts)
            if not up:
                waiting.found.set_result(None)
            elif free := [replica for replica in up if replica.has_room]:
                self._give(waiting, min(free, key=self._load))

    def _give(self, waiting: _Waiting, replica: Replica) -> None:
        replica.in_flight += 1
        self._used[replica.address] = waiting.order
        waiting.found.set_result(replica)

    def _load(self, replica: Replica) -> tuple[float, int]:
        """Share of its limit that is in use; of two alike the one that was used longer ago."""
        return replica.in_flight / int(replica.limit), self._used.get(replica.address, -1)

    def _keep(self, closing: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(closing)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
