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

MAX_PASSED = 16
"""Pieces of work that may go before one for which there is too little memory meanwhile; then all wait for it."""


@dataclass(order=True)
class _Waiting:
    lane: Lane
    order: int
    weight: int = field(compare=False)
    called: "asyncio.Future[None]" = field(compare=False)
    passed: int = field(default=0, compare=False)


class Threads:
    """As many as there are processors: more would make each piece of work slower, and none sooner. By lane.

    All that is at work together takes no more memory than is given: what does not fit waits, without a thread, and
    smaller work goes before it. What would never fit is done alone.
    """

    def __init__(self, name: str, max_bytes: float = math.inf) -> None:
        self._free = processors()
        self._max_bytes, self._held = max_bytes, 0
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
        await self._turn(lane, weight)
        context = contextvars.copy_context()
        doing = asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)
        doing.add_done_callback(lambda _: self._freed(weight))  # when it is done, and not when nobody waits any more
        return await asyncio.shield(doing)

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    async def _turn(self, lane: Lane, weight: int) -> None:
        waiting = _Waiting(lane, next(self._order), weight, asyncio.get_running_loop().create_future())
        bisect.insort(self._waiting, waiting)
        self._call()
        try:
            await waiting.called
        except asyncio.CancelledError:
            if waiting.called.done() and not waiting.called.cancelled():
                self._freed(weight)
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiting)
            raise

    def _freed(self, weight: int) -> None:
        self._free += 1
        self._held -= weight
        self._call()

    def _call(self) -> None:
        """Let those begin for whom there are a thread and room, in their order."""
        passed: list[_Waiting] = []
        for each in list(self._waiting):
            if not self._free or any(before.passed >= MAX_PASSED for before in passed):
                return
            if each.called.done():  # nobody waits for it any more
                continue
            if self._held and self._held + each.weight > self._max_bytes:
                passed.append(each)
                continue
            self._waiting.remove(each)
            self._free -= 1
            self._held += each.weight
            each.called.set_result(None)
            for before in passed:
                before.passed += 1
