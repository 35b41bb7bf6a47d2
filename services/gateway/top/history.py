"""The gateway's own metrics of the last minute."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Self

from prometheus_client import CollectorRegistry

from gateway.top.scrape import Scrape
from gateway.top.window import Window, keep

EVERY_S = 5.0
"""Between two moments that are kept; taking one needs about a millisecond."""

KEPT_S = 60.0
"""How far back the figures go."""

HISTOGRAMS = (
    *("cxr_request_seconds", "cxr_assessment_seconds", "cxr_admission_seconds", "cxr_decode_seconds"),
    *("cxr_stage_queue_seconds", "cxr_stage_transport_seconds", "cxr_stage_inference_seconds"),
)
COUNTERS = ("assessments", "refusals", "problems", "cache", "rejected", "stage_errors", "stage_retries")
GAUGES = (
    *("cxr_problem_timestamp_seconds", "cxr_in_flight", "cxr_expected_wait_seconds", "cxr_redis_up"),
    *("cxr_stage_replicas", "cxr_stage_in_flight", "cxr_stage_limit", "cxr_stage_queued"),
)
NAMES = (
    *(f"{name}_{part}" for name in HISTOGRAMS for part in ("bucket", "sum", "count")),
    *(f"cxr_{name}_total" for name in COUNTERS),
    *GAUGES,
)
"""Of the samples that figures are made of."""


class History:
    """Moments, oldest first; the first is the gateway's start."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry.restricted_registry(NAMES)
        self._kept: deque[Scrape] = deque([self._now()])

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, registry: CollectorRegistry) -> AsyncIterator[Self]:
        """One that is kept until its end."""
        history = cls(registry)
        keeping = asyncio.create_task(history._keep())
        try:
            yield history
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def window(self) -> Window:
        """The last minute until now, or as much of it as the gateway has been there."""
        return Window(self._kept[0], self._now())

    def take(self) -> None:
        """Keep this moment, and forget those that are too old."""
        keep(self._kept, self._now(), KEPT_S, least=1)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            self.take()

    def _now(self) -> Scrape:
        return Scrape.of(self._registry.collect(), time.time())
