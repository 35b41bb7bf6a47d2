"""Threads for what uses the processor, so that the event loop is left to what waits."""

import asyncio
import contextvars
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Done = TypeVar("Done")


class Threads:
    """As many as there are processors: more would make each piece of work slower, and none sooner."""

    def __init__(self, name: str) -> None:
        self._threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)), name)

    async def run(self, work: Callable[[], Done]) -> Done:
        """What the work returns; it logs under the request's id."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)
