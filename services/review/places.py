"""Places for files that are being received or assessed: few, and none for one reader alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter

AT_ONCE = 8
"""More wait. Source: of the 40 threads most must be left for reading, and of memory no more than 8 times the largest
file is taken."""

AT_ONCE_PER_READER = 2
"""Of one reader; as many as their page sends."""


class Places:
    """Of one process."""

    def __init__(self) -> None:
        self._all = CapacityLimiter(AT_ONCE)
        self._of: dict[str, CapacityLimiter] = {}

    @asynccontextmanager
    async def taken(self, reader_id: str) -> AsyncIterator[None]:
        """Wait for a place; a reader who has theirs waits without taking anybody else's."""
        own = self._of.setdefault(reader_id, CapacityLimiter(AT_ONCE_PER_READER))
        async with own, self._all:
            yield
