"""Threads for what uses the processor, so that the event loop is left to what waits."""

import asyncio
import bisect
import contextlib
import contextvars
import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.container import processors
from gateway.lanes import Lane

Done = TypeVar("Done")

LARGE = 1 / 4
"""Of the memory: work that takes more than that is large. It lasts seconds, and never has the last thread."""


@dataclass(order=True)
class _Waiting:
    lane: Lane
    order: int
    weight: int = field(compare=False)
    called: "asyncio.Future[bool]" = field(compare=False)
    """Whether it goes before work that waits for longer."""


class Threads:
    """As many as there are processors: more would make each piece of work slower, and none sooner. By lane.

    All that is at work together takes no more memory than is given: what does not fit waits, without a thread. Smaller
    work goes before it, as long as that leaves the room that it waits for. What would never fit is done alone. One
    thread is never given to large work, where there is more than one.
    """

    def __init__(self, name: str, max_bytes: float = math.inf) -> None:
        self._free = processors()
        self._max_bytes, self._held, self._before = max_bytes, 0, 0
        self._large, self._most_large = 0, max(1, self._free - 1)
        self._threads = ThreadPoolExecutor(self._free, name)
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()

    async def run(self, work: Callable[[], Done], lane: Lane, weight: int = 0) -> Done:
        """What the work returns; it logs under the request's id.

        Args:
            work: done in a thread.
            lane: who goes first.
            weight: bytes of memory that it takes while it is at work.
        """
        before = await self._turn(lane, weight)
        context = contextvars.copy_context()
        doing = asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)
        # When it is done, and not when nobody waits any more.
        doing.add_done_callback(lambda _: self._freed(weight, before))
        return await asyncio.shield(doing)

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    async def _turn(self, lane: Lane, weight: int) -> bool:
        """Wait until it may begin; whether it goes before others."""
        waiting = _Waiting(lane, next(self._order), weight, asyncio.get_running_loop().create_future())
        bisect.insort(self._waiting, waiting)
        self._call()
        try:
            return await waiting.called
        except asyncio.CancelledError:
            if waiting.called.done() and not waiting.called.cancelled():
                self._freed(weight, waiting.called.result())
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiting)
            raise

    def _freed(self, weight: int, before: bool) -> None:
        self._count(-1, weight, before)
        self._call()

    def _count(self, one: int, weight: int, before: bool) -> None:
        """That much work more, or less."""
        self._free -= one
        self._held += one * weight
        self._large += one * self._is_large(weight)
        self._before += one * weight * before

    def _call(self) -> None:
        """Let those begin for whom there are a thread and room, in their order."""
        awaited: float = 0
        """The room that those need who have to wait, as far as there is so much."""
        for each in list(self._waiting):
            if not self._free:
                return
            if each.called.done():  # nobody waits for it any more
                continue
            if self._fits(each.weight, awaited):
                self._waiting.remove(each)
                before = awaited > 0
                self._count(1, each.weight, before)
                each.called.set_result(before)
            else:
                awaited = max(awaited, min(each.weight, self._max_bytes))

    def _fits(self, weight: int, awaited: float) -> bool:
        """Whether there is room now, and will be for those before it when what is at work for longer has ended."""
        if self._is_large(weight) and self._large >= self._most_large:
            return False
        now = not self._held or self._held + weight <= self._max_bytes
        return now and (not awaited or self._before + weight + awaited <= self._max_bytes)

    def _is_large(self, weight: int) -> bool:
        return weight > LARGE * self._max_bytes
