"""Processors that share themselves evenly among what runs on them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Work:
    """Something that runs: seconds of a processor that are left, and on how many it can run at once."""

    left_s: float
    width: int
    share: float = 0.0
    rate: float = 0.0


class Processors:
    """Pools of them; what runs in one does not get those of another, but is slowed by what the others do."""

    def __init__(self, pools: Mapping[str, float], contention: float) -> None:
        """Pool to how many; contention is how much longer the same work takes when every processor works, as a share.

        In between, it grows with the number that work.
        """
        self.worked_s = dict.fromkeys(pools, 0.0)
        self._pools, self._contention = pools, contention
        self._running: dict[str, list[Work]] = {pool: [] for pool in pools}
        self._others = max(sum(pools.values()) - 1, 1)
        self._shared = True

    def add(self, pool: str, work: Work) -> None:
        """It begins to run."""
        self._running[pool].append(work)
        self._shared = False

    def remove(self, pool: str, work: Work) -> None:
        """It has ended."""
        self._running[pool].remove(work)
        self._shared = False

    def soonest(self) -> tuple[float, Work | None]:
        """Seconds until the next work is done, if nothing changes meanwhile, and which that is."""
        if not self._shared:
            self._share()
        first, seconds = None, math.inf
        for running in self._running.values():
            for work in running:
                if work.left_s < seconds * work.rate:
                    first, seconds = work, work.left_s / work.rate
        return seconds, first

    def run(self, seconds: float) -> None:
        """So long, while nothing changes."""
        for pool, running in self._running.items():
            for work in running:
                work.left_s -= seconds * work.rate
                self.worked_s[pool] += seconds * work.share

    def _share(self) -> None:
        """Evenly, but nobody gets more than it can use; and what is a share worth, with so many others at work?"""
        total = 0.0
        for pool, running in self._running.items():
            left, count = self._pools[pool], len(running)
            for work in sorted(running, key=lambda each: each.width):
                work.share = min(work.width, left / count)
                left, count, total = left - work.share, count - 1, total + work.share
        slower = 1 + self._contention * max(total - 1, 0) / self._others
        for running in self._running.values():
            for work in running:
                work.rate = work.share / slower
        self._shared = True
