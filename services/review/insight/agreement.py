"""How often readers agree: with the models, and with each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from review.insight.estimates import MIN_READINGS, Draws, Estimate, Values, share
from review.languages.moments import day
from review.languages.texts import gettext
from vocabulary.conditions import CLASSES, LABELS

MAX_PAIRS = 30
"""Pairs of readers that are listed: those with the most films in common."""


@dataclass(frozen=True)
class Confusion:
    """What readers said against what the models said."""

    counts: NDArray[np.int64]
    """Shape (labels, classes)."""
    agreement: Estimate
    kappa: Estimate


@dataclass(frozen=True)
class Span:
    """Some weeks in a row, as few as have enough readings."""

    start: pd.Timestamp
    end: pd.Timestamp
    """The Monday after the last week."""
    rows: pd.DataFrame

    @property
    def middle(self) -> pd.Timestamp:
        """Where it is drawn."""
        return self.start + (self.end - self.start) / 2

    @property
    def text(self) -> str:
        """As tables have it: first and last day."""
        last = self.end - pd.Timedelta(days=1)
        return gettext("%(first)s to %(last)s", first=day(self.start.date()), last=day(last.date()))


def spans(readings: pd.DataFrame, least: int = MIN_READINGS) -> Iterator[Span]:
    """Weeks; those with too few readings are joined with the weeks after. What is left at the end has too few."""
    numbers, number, waiting = {}, 0, 0
    for week, count in readings["week"].value_counts().sort_index().items():
        numbers[week], waiting = number, waiting + count
        if waiting >= least:
            number, waiting = number + 1, 0
    for _, rows in readings.groupby(readings["week"].map(numbers)):
        yield Span(rows["week"].min(), rows["week"].max() + pd.Timedelta(weeks=1), rows)


def over_time(readings: pd.DataFrame) -> list[tuple[Span, Estimate]]:
    """The share of readings that say what the models say."""
    return [
        (span, share(int((span.rows["label"] == span.rows["predicted"]).sum()), len(span.rows)))
        for span in spans(readings)
    ]


def confusion(readings: pd.DataFrame) -> Confusion:
    """Of readings that have a label and the models' class."""
    said, predicted = _codes(readings["label"]), _codes(readings["predicted"])
    side = len(LABELS)
    counts = np.bincount(said * side + predicted, minlength=side * side).reshape(side, side)
    draws = Draws(readings["patient"].to_numpy())
    return Confusion(counts[:, : len(CLASSES)], draws.share(said == predicted), _kappa(draws, said, predicted))


def pairs(readings: pd.DataFrame, reader: str | None = None) -> list[tuple[str, str, Estimate, Estimate]]:
    """Each pair of readers with films in common: their ids, agreement and kappa, most films first.

    Args:
        reader: only pairs with this one.
    """
    wide = readings.pivot(index="film", columns="reader", values="label")
    patients = readings.groupby("film")["patient"].first().reindex(wide.index)
    found = []
    for one, other in combinations(sorted(wide.columns), 2):
        both = wide[one].notna() & wide[other].notna()
        if both.any() and reader in (None, one, other):
            found.append((one, other, both))
    found.sort(key=lambda each: -int(each[2].sum()))
    return [(one, other, *_pair(wide[both], patients[both], one, other)) for one, other, both in found[:MAX_PAIRS]]


def alpha(readings: pd.DataFrame) -> Estimate:
    """Krippendorff's alpha of all readers' labels of films that at least two have read; n counts films.

    Source:
        Krippendorff 2011, "Computing Krippendorff's alpha-reliability", nominal data, any number of readers a film.
    """
    films, codes = np.unique(readings["film"].to_numpy(str), return_inverse=True)
    cells = np.bincount(codes * len(LABELS) + _codes(readings["label"]), minlength=len(films) * len(LABELS))
    table = cells.reshape(-1, len(LABELS)).astype(np.float64)
    patients = np.empty(len(films), object)
    patients[codes] = readings["patient"].to_numpy()
    twice = table.sum(axis=1) >= 2
    table, patients = table[twice], patients[twice]
    alike = (table * (table - 1)).sum(axis=1) / (table.sum(axis=1) - 1)

    def figure(sums: Values) -> Values:
        total = sums[:, 1:].sum(axis=1)
        observed = 1 - sums[:, 0] / total
        expected = 1 - (sums[:, 1:] * (sums[:, 1:] - 1)).sum(axis=1) / (total * (total - 1))
        return np.asarray(np.where(expected > 0, 1 - observed / expected, np.nan))

    return Draws(patients).estimate(np.column_stack([alike, table]), figure)


def _pair(wide: pd.DataFrame, patients: "pd.Series[Any]", one: str, other: str) -> tuple[Estimate, Estimate]:
    draws = Draws(patients.to_numpy())
    first, second = _codes(wide[one]), _codes(wide[other])
    return draws.share(first == second), _kappa(draws, first, second)


def _kappa(draws: Draws, one: NDArray[np.int64], other: NDArray[np.int64]) -> Estimate:
    """Cohen's kappa, not weighted: the labels have no order."""
    side = len(LABELS)
    cells = np.eye(side * side)[one * side + other] if draws.enough else np.zeros((draws.n, side * side))

    def figure(sums: Values) -> Values:
        table = sums.reshape(-1, side, side)
        total = table.sum(axis=(1, 2))
        observed = np.trace(table, axis1=1, axis2=2) / total
        expected = (table.sum(axis=1) * table.sum(axis=2)).sum(axis=1) / total**2
        return np.asarray(np.where(expected < 1, (observed - expected) / (1 - expected), np.nan))

    return draws.estimate(cells, figure)


def _codes(labels: "pd.Series[Any]") -> NDArray[np.int64]:
    return np.asarray(pd.Categorical(labels, categories=list(LABELS)).codes, np.int64)
