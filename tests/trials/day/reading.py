"""Readers take the first film of the list, one after the other, until all are read."""

import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np

from tests.trials.day.films import Made
from tests.trials.day.orders import Order
from tests.unit.review.site import START

READERS = 3
READ_S = 100
"""A film takes so long on average. With three readers, 108 films an hour: a little more than come by day."""


@dataclass
class Waits:
    """Minutes that films waited until somebody opened them, from the beginning of the day for those of the night."""

    NAMES: ClassVar = (
        "until the first urgent film is read",
        "urgent films: median wait",
        "urgent films: 95 % within",
        "all others: median wait",
        "all others: longest wait",
    )

    urgent: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    first: float | None = None
    """From the readers' beginning."""

    def add(self, film: Made, now: datetime) -> None:
        """A film is opened."""
        waited = (now - max(film.arrived, START)).total_seconds() / 60
        (self.urgent if film.urgent else self.others).append(waited)
        if film.urgent and self.first is None:
            self.first = (now - START).total_seconds() / 60

    def figures(self) -> dict[str, float]:
        """By their names."""
        median, most = np.percentile(self.urgent, [50, 95])
        told = self.first or 0.0, median, most, np.median(self.others), max(self.others)
        return {name: round(float(value), 1) for name, value in zip(self.NAMES, told, strict=True)}


def read_all(films: list[Made], order: Order, random: np.random.Generator) -> Waits:
    """Have all films read; a reader who finds none waits for the next."""
    waits, coming, waiting = Waits(), 0, 0
    free = [START] * READERS
    while coming < len(films) or waiting:
        now = heapq.heappop(free)
        if not waiting and coming < len(films):
            now = max(now, films[coming].arrived)
        while coming < len(films) and films[coming].arrived <= now:
            order.arrive(coming, films[coming])
            coming, waiting = coming + 1, waiting + 1
        waits.add(films[order.next(now)], now)
        waiting -= 1
        heapq.heappush(free, now + timedelta(seconds=float(random.exponential(READ_S))))
    return waits
