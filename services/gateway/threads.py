"""Threads for what uses the processor, so that the event loop is left to what waits."""

import asyncio
import contextlib
import contextvars
import itertools
import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from gateway.container import processors
from gateway.lanes import Lane

Done = TypeVar("Done")

LARGE = 1 / 4
"""Of the memory: work that takes more than that is large. It lasts seconds, and never has the last thread."""


@dataclass(frozen=True, eq=False)
class _Waiting:
    lane: Lane
    caller: str
    order: int
    weight: int
    called: "asyncio.Future[bool]"
    """Whether it goes before work whose turn it was."""


class Threads:
    """As many as there are processors: more would make each piece of work slower, and none sooner. By lane; and within
    one, whose caller has the least at work goes first, so that one who sends much holds up only that.

    All that is at work together takes no more memory than is given: what does not fit waits, without a thread. Smaller
    work goes before it, as long as that leaves the room that it waits for. What would never fit is done alone. One
    thread is never given to large work, where there is more than one.
    """

    def __init__(self, name: str, max_bytes: float = math.inf) -> None:
        self._free = processors()
        self._max_bytes, self._held, self._before = max_bytes, 0, 0
        self._large, self._most_large = 0, max(1, self._free - 1)
        self._threads = ThreadPoolExecutor(self._free, name)
        self._at_work: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._order = itertools.count()

    async def run(self, work: Callable[[], Done], lane: Lane, weight: int = 0, caller: str = "") -> Done:
        """What the work returns; it logs under the request's id.

        Args:
            work: done in a thread.
            lane: who goes first.
            weight: bytes of memory that it takes while it is at work.
            caller: whose it is.
        """
        waited = await self._turn(lane, caller, weight)
        context = contextvars.copy_context()
        doing = asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)
        # When it is done, and not when nobody waits any more.
        doing.add_done_callback(lambda _: self._freed(waited))
        return await asyncio.shield(doing)

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    async def _turn(self, lane: Lane, caller: str, weight: int) -> _Waiting:
        """Wait until it may begin."""
        called: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(lane, caller, next(self._order), weight, called)
        self._waiting.append(waiting)
        self._call()
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._freed(waiting)
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiting)
            raise
        return waiting

    def _freed(self, done: _Waiting) -> None:
        self._count(-1, done)
        self._call()

    def _count(self, one: int, work: _Waiting) -> None:
        """So much more at work, or less."""
        self._free -= one
        self._held += one * work.weight
        self._large += one * self._is_large(work.weight)
        self._before += one * work.weight * work.called.result()
        self._at_work.update({work.caller: one})
        self._at_work = +self._at_work

    def _call(self) -> None:
        """Let those begin for whom there are a thread and room, in their order."""
        while self._free and (found := self._next()):
            work, before = found
            self._waiting.remove(work)
            work.called.set_result(before)
            self._count(1, work)

    def _next(self) -> tuple[_Waiting, bool] | None:
        """Whose turn it is; and whether others, for whom there is no room yet, were to go before."""
        awaited: float = 0
        """The room that those need, as far as there is so much."""
        for each in sorted(self._waiting, key=lambda one: (one.lane, self._at_work[one.caller], one.order)):
            if each.called.done():  # nobody waits for it any more
                continue
            if self._fits(each.weight, awaited):
                return each, awaited > 0
            awaited = max(awaited, min(each.weight, self._max_bytes))
        return None

    def _fits(self, weight: int, awaited: float) -> bool:
        """Whether there is room now, and will be for those before it when what is at work for longer has ended."""
        if self._is_large(weight) and self._large >= self._most_large:
            return False
        now = not self._held or self._held + weight <= self._max_bytes
        return now and (not awaited or self._before + weight + awaited <= self._max_bytes)

    def _is_large(self, weight: int) -> bool:
        return weight > LARGE * self._max_bytes
