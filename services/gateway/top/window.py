"""What happened between two moments: rates, means and percentiles, as Prometheus would compute them."""

import math
from collections import deque
from dataclasses import dataclass

from gateway.top.scrape import Scrape, Series

MS = 1000


@dataclass(frozen=True)
class Window:
    """From one scrape of a service to a later one."""

    before: Scrape
    after: Scrape

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.after.at - self.before.at

    def increase(self, name: str, **labels: str) -> float:
        """By how much counters grew; of a service that began anew meanwhile, since then."""
        return sum(change for _, change in self._changes(name, labels))

    def increases(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Each value of a label to by how much its counters grew, of those that did."""
        found: dict[str, float] = {}
        for each, change in self._changes(name, labels):
            if change and label in each.labels:
                found[each.labels[label]] = found.get(each.labels[label], 0.0) + change
        return dict(sorted(found.items()))

    def per_s(self, name: str, **labels: str) -> float:
        """By how much counters grew in a second."""
        return self.increase(name, **labels) / self.seconds if self.seconds > 0 else 0.0

    def mean_ms(self, histogram: str, **labels: str) -> float | None:
        """Of a histogram of seconds, the mean in milliseconds; None where nothing was observed."""
        count = self.increase(f"{histogram}_count", **labels)
        return MS * self.increase(f"{histogram}_sum", **labels) / count if count else None

    def quantile_ms(self, histogram: str, share: float, **labels: str) -> float | None:
        """The same of a percentile, as far as the buckets tell it.

        Args:
            histogram: its name.
            share: 0.95 for the 95th.
            labels: of its series.

        Source:
            Prometheus' histogram_quantile: within a bucket, as if observations were spread evenly.
        """
        buckets = sorted((_bound(bound), count) for bound, count in self._buckets(histogram, labels).items())
        total = buckets[-1][1] if buckets else 0
        if not total:
            return None
        lower, below = 0.0, 0.0
        for bound, count in buckets:
            if count >= share * total and count > below:
                inside = (share * total - below) / (count - below)
                return MS * (lower if math.isinf(bound) else lower + (bound - lower) * inside)
            lower, below = (lower if math.isinf(bound) else bound), count
        return MS * lower

    def _buckets(self, histogram: str, labels: dict[str, str]) -> dict[str, float]:
        found: dict[str, float] = {}
        for each, change in self._changes(f"{histogram}_bucket", labels):
            found[each.labels["le"]] = found.get(each.labels["le"], 0.0) + change
        return found

    def _changes(self, name: str, labels: dict[str, str]) -> list[tuple[Series, float]]:
        was = {_key(each): each.value for each in self.before.series.get(name, ())}
        now = [each for each in self.after.series.get(name, ()) if each.has(labels)]
        return [(each, _grown(was.get(_key(each), 0.0), each.value)) for each in now]


def keep(kept: deque[Scrape], newest: Scrape, seconds: float, least: int) -> None:
    """Add a service's newest scrape to those that are kept, oldest first, and forget what is older than is needed.

    Args:
        kept: the scrapes; changed.
        newest: what is added.
        seconds: how far back they have to go, as long as the service has been looked at.
        least: how many are kept, however old.
    """
    kept.append(newest)
    while len(kept) > least and kept[1].at <= newest.at - seconds:
        kept.popleft()


def _key(each: Series) -> frozenset[tuple[str, str]]:
    return frozenset(each.labels.items())


def _grown(was: float, now: float) -> float:
    return now - was if now >= was else now


def _bound(text: str) -> float:
    return float(text.replace("+Inf", "inf"))
