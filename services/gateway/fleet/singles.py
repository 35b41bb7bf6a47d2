"""Stages that answer a problem alone, each at its own addresses: no release has them, and a gateway may have none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Self

from gateway.fleet.channels import Channels
from gateway.fleet.pool import Pool
from gateway.fleet.releases import Where
from gateway.fleet.replica import Replica
from gateway.fleet.stages import Stage
from gateway.metrics import Metrics


class Singles:
    """By the names of their problems."""

    def __init__(self, addresses: Mapping[str, str], channels: Channels, metrics: Metrics) -> None:
        self._channels, self._metrics = channels, metrics
        self._pools = {name: Pool(partial(self._replica, name)) for name in addresses}
        self.stages = {name: Stage(name, self._pools[name], Where(at=at), metrics) for name, at in addresses.items()}

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, addresses: Mapping[str, str], channels: Channels, metrics: Metrics) -> AsyncIterator[Self]:
        """Connections are made, lost and made again in the background."""
        singles = cls(addresses, channels, metrics)
        for stage in singles.stages.values():
            await stage.resolve()
        watchers = [asyncio.create_task(stage.watch()) for stage in singles.stages.values()]
        try:
            yield singles
        finally:
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
            for name, pool in singles._pools.items():
                pool.leave(singles.stages[name])
                await pool.aclose()

    def _replica(self, name: str, address: str, host: str | None) -> Replica:
        replica = Replica(name, address, lambda: self._channels.open(address, host))
        replica.opened = self._metrics.breaker_opened.labels(name).inc
        return replica
