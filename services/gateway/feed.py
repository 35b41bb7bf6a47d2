"""The feed: every finished assessment, in order, in a capped Redis stream. It holds no patient data.

An assessment never waits for it: it is listed on the trip to Redis by which it is kept. What is finished while Redis is
away is listed when it is back, by this process: where the process ends before, it is not. An entry may come twice,
where Redis took it and its answer was lost.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, Self

import stamina
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.errors import FeedUnavailableError
from gateway.feed_page import check, page_of
from gateway.lanes import Lane
from gateway.metrics import Metrics
from imaging.errors import OverloadedError
from results.measured import Measured
from results.schema import Assessment, Listed, Page, Source
from vocabulary.problems.chest import CHEST

log = structlog.get_logger()

STREAM = "cxr:feed"

MAX_ENTRIES = 100_000
"""Entries, more or less: a large hospital's weeks, some 10 MB. Older ones go, and their assessments did long before."""

MAX_READERS = 64
"""Who may wait at once, since each holds a connection to Redis."""

BUSY_S = 5
"""After which one of them may have gone."""

AGAIN_S = 1.0
"""Between two tries to list an assessment while Redis is away."""

LAST_S = 1.0
"""For what is not listed yet when the gateway stops."""

CLOCKS = timedelta(minutes=10)
"""By which Redis's clock, of which an entry's id is made, may be behind a gateway's."""

LOOKED_THROUGH = 1000
"""Entries at once, when one is looked for."""


def entry(assessment: Assessment | Measured, source: Source, lane: Lane) -> Listed:
    """What is listed of a finished assessment.

    Args:
        assessment: it.
        source: where its film came from.
        lane: whether it was to go first.
    """
    asked = assessment.asked if isinstance(assessment, Measured) else CHEST.name
    about = {"id": assessment.id, "created": assessment.created, "outcome": assessment.outcome}
    return Listed(**about, source=source, lane=lane.label, asked=asked)


class Feed:
    """Lists assessments, and tells what was listed after a cursor."""

    def __init__(self, redis: Redis, waiting: Redis, timeout_s: float, metrics: Metrics) -> None:
        self._redis = redis
        self._waiting = waiting
        """A pool of its own, whose connections may be silent for as long as a reader waits."""
        self._timeout_s = timeout_s
        self._metrics = metrics
        self._readers = 0
        self._unlisted: asyncio.Queue[Listed] = asyncio.Queue(MAX_ENTRIES)
        self._owed = 0
        """Entries that Redis does not have yet."""

    @classmethod
    @contextlib.asynccontextmanager
    async def at(cls, url: str, timeout_s: float, metrics: Metrics) -> AsyncIterator[Self]:
        """The feed at a redis:// URL; whether Redis is there does not matter yet."""
        common: dict[str, Any] = {"socket_connect_timeout": timeout_s, "protocol": 2}  # whose answers _page reads
        redis = Redis.from_url(url, socket_timeout=timeout_s, retry=Retry(NoBackoff(), 1), **common)
        waiting = Redis.from_url(
            url, socket_timeout=None, retry=Retry(NoBackoff(), 0), max_connections=MAX_READERS, **common
        )
        async with contextlib.aclosing(redis), contextlib.aclosing(waiting):
            feed = cls(redis, waiting, timeout_s, metrics)
            writer = asyncio.create_task(feed._write())
            try:
                yield feed
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(feed._unlisted.join(), LAST_S)
            finally:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)

    def along(self, entry: Listed) -> Callable[[Pipeline], object] | None:
        """What lists an entry on the trip to Redis that keeps its assessment; None where others come before it.

        Where that trip fails, the entry is to be added.
        """
        if self._owed:
            return None
        fields: dict[Any, Any] = entry.model_dump(mode="json")
        return lambda pipe: pipe.xadd(STREAM, fields, maxlen=MAX_ENTRIES, approximate=True)

    def add(self, entry: Listed) -> None:
        """List a finished assessment, in a moment."""
        try:
            self._unlisted.put_nowait(entry)
        except asyncio.QueueFull:  # Redis has been away for very long
            log.warning("not listed", id=entry.id)
        else:
            self._owed += 1
            self._metrics.feed_unlisted.inc()

    async def after(self, cursor: str, limit: int, problem: str = CHEST.name) -> Page:
        """What was listed after a cursor, START or one that a page told.

        Args:
            cursor: that one.
            limit: entries of the page, at most.
            problem: of which problem's films; ANY: of all. Those of others are passed over: where there is one more of
                these, the page is never empty.

        Raises:
            MalformedError: it is no cursor.
            FeedUnavailableError: Redis is away.
        """
        page = await self._read(self._redis, cursor, limit, problem, None, self._timeout_s)
        while not page.assessments and page.next != cursor:
            cursor = page.next
            page = await self._read(self._redis, cursor, limit, problem, None, self._timeout_s, LOOKED_THROUGH)
        return page

    async def next(self, cursor: str, limit: int, wait_s: float, problem: str = CHEST.name) -> Page:
        """As after; where there is nothing, what comes first, or an empty page when wait_s are over.

        Raises:
            MalformedError: it is no cursor.
            OverloadedError: as many wait as may.
            FeedUnavailableError: Redis is away, or goes meanwhile.
        """
        page = await self.after(cursor, limit, problem)
        if page.assessments or not wait_s:
            return page
        if self._readers >= MAX_READERS:
            raise OverloadedError(BUSY_S)
        self._readers += 1
        try:
            with self._metrics.feed_readers.track_inprogress():
                return await self._come(page.next, limit, wait_s, problem)
        finally:
            self._readers -= 1

    async def _come(self, cursor: str, limit: int, wait_s: float, problem: str) -> Page:
        """What comes first of this problem."""
        ends = time.monotonic() + wait_s
        while True:
            left_s = max(0.001, ends - time.monotonic())  # Redis takes 0 ms for ever
            wait_ms = max(1, round(1000 * left_s))
            page = await self._read(self._waiting, cursor, limit, problem, wait_ms, left_s + self._timeout_s)
            if page.assessments or time.monotonic() >= ends or page.next == cursor:
                return page
            cursor = page.next

    async def remove(self, assessment: Assessment | Measured) -> None:
        """List an assessment no longer; one that is not listed yet still will be, and is then not found by its id.

        Raises:
            FeedUnavailableError: Redis is away.
        """
        asked, first = assessment.id.encode(), f"{round(1000 * (assessment.created - CLOCKS).timestamp())}-0"
        try:
            found: Any = await self._redis.xrange(STREAM, min=first, count=LOOKED_THROUGH)
            while found:
                if entries := [each for each, fields in found if fields.get(b"id") == asked]:
                    await self._redis.xdel(STREAM, *entries)
                    return
                after = f"({found[-1][0].decode()}"
                found = await self._redis.xrange(STREAM, min=after, count=LOOKED_THROUGH)
        except (RedisError, OSError) as error:
            raise FeedUnavailableError("the feed cannot be changed now") from error

    async def _read(
        self,
        redis: Redis,
        cursor: str,
        limit: int,
        problem: str,
        wait_ms: int | None,
        timeout_s: float,
        looked_through: int = 0,
    ) -> Page:
        check(cursor)
        try:
            async with asyncio.timeout(timeout_s):
                found: Any = await redis.xread({STREAM: cursor}, count=max(limit, looked_through), block=wait_ms)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("feed not read", error=type(error).__name__)
            raise FeedUnavailableError("the feed cannot be read now; assessments go on") from error
        return page_of(found, cursor, limit, problem)

    async def _write(self) -> None:
        """List what is finished, one after the other, each until Redis has it. Runs until it is cancelled."""
        while True:
            entry = await self._unlisted.get()
            fields: dict[Any, Any] = entry.model_dump(mode="json")
            async for attempt in stamina.retry_context(
                on=(RedisError, OSError), attempts=None, timeout=None, wait_initial=AGAIN_S, wait_max=AGAIN_S
            ):
                with attempt:
                    await self._redis.xadd(STREAM, fields, maxlen=MAX_ENTRIES, approximate=True)
            self._unlisted.task_done()
            self._owed -= 1
            self._metrics.feed_unlisted.dec()
