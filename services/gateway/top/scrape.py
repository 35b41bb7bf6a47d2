"""A service's metrics at one moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Series:
    """One time series' labels, and what it was."""

    labels: Mapping[str, str]
    value: float

    def has(self, wanted: Mapping[str, str]) -> bool:
        """Whether its labels are these, and maybe more."""
        return wanted.items() <= self.labels.items()


@dataclass(frozen=True)
class Scrape:
    """All series, by the name of their samples."""

    at: float
    """Seconds since 1970."""
    series: Mapping[str, list[Series]]

    @classmethod
    def of(cls, families: Iterable[Metric], at: float) -> Self:
        """What a registry collects."""
        series = defaultdict(list)
        for family in families:
            for sample in family.samples:
                series[sample.name].append(Series(sample.labels, sample.value))
        return cls(at, dict(series))

    @classmethod
    def read(cls, text: str, at: float) -> Self:
        """What a service answers at /metrics.

        Raises:
            ValueError: it is not in Prometheus' text format.
        """
        return cls.of(text_string_to_metric_families(text), at)

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series that have these labels; 0 where there are none."""
        return sum(each.value for each in self.series.get(name, ()) if each.has(labels))

    def by(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """Each value of a label to the sum of its series."""
        found: dict[str, float] = defaultdict(float)
        for each in self.series.get(name, ()):
            if label in each.labels and each.has(labels):
                found[each.labels[label]] += each.value
        return dict(sorted(found.items()))
