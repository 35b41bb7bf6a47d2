"""Threads for what uses the processor, so that the event loop is left to what waits."""

import asyncio
import contextvars
import heapq
import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from gateway.lanes import Lane

Done = TypeVar("Done")


class Threads:
    """As many as there are processors: more would make each piece of work slower, and none sooner. By lane."""

    def __init__(self, name: str) -> None:
        self._free = len(os.sched_getaffinity(0))
        self._threads = ThreadPoolExecutor(self._free, name)
        self._waiting: list[tuple[Lane, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    async def run(self, work: Callable[[], Done], lane: Lane) -> Done:
        """What the work returns; it logs under the request's id."""
        await self._turn(lane)
        context = contextvars.copy_context()
        doing = asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)
        doing.add_done_callback(lambda _: self._freed())  # when it is done, and not when nobody waits for it any more
        return await asyncio.shield(doing)

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    async def _turn(self, lane: Lane) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (lane, next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._freed()
            raise

    def _freed(self) -> None:
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
