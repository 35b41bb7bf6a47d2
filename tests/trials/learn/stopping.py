"""How often the stop rule of readers' overrides ends a good version, and how soon one that harms."""

import functools
from typing import Any

import numpy as np

from learning.overrides import Count, stops

PARENT_READINGS, PARENT_RATE = 400, 0.12
"""Of the parent, before the candidate comes: a month of blind readings, and how often readers say another class."""

RATES = (0.12, 0.15, 0.20, 0.25, 0.30, 0.40)
"""Of the candidate; the first is the parent's."""

READINGS, EVERY = 1000, 10
"""Of the candidate at most, and after how many it is looked at again."""

RUNS = 400


def table() -> list[dict[str, Any]]:
    """A row for each rate: the share of months in which the version was stopped, and after how many readings."""
    return [_row(rate) for rate in RATES]


def _row(rate: float) -> dict[str, Any]:
    ends = [end for run in range(RUNS) if (end := _run(rate, np.random.default_rng([run, 3])))]
    return {
        "rate": rate,
        "stopped": round(len(ends) / RUNS, 4),
        "median": int(np.median(ends)) if ends else None,
        "late": int(np.quantile(ends, 0.9)) if ends else None,
    }


def _run(rate: float, random: np.random.Generator) -> int:
    """After how many readings a candidate is stopped; 0 where it is not. The parent's are as chance has them."""
    parent = Count(PARENT_READINGS, int(random.binomial(PARENT_READINGS, PARENT_RATE)))
    said = np.cumsum(random.random(READINGS) < rate)
    return next((count for count, least in _boundary(parent) if said[count - 1] >= least), 0)


@functools.cache
def _boundary(parent: Count) -> list[tuple[int, int]]:
    """At each look, how many readings that say another class stop a candidate."""
    found, least = [], 0
    for count in range(EVERY, READINGS + 1, EVERY):
        while least <= count and not stops(Count(count, least), parent):
            least += 1
        found.append((count, least))
    return found


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """In Markdown."""
    told = [
        f"| readers say another class | stopped within {READINGS} readings | half of those after | nine of ten after |",
        "|---|---:|---:|---:|",
    ]
    for row in rows:
        as_often = ", as often as of its parent" if row["rate"] == PARENT_RATE else ""
        ends = f"{row['median'] or '-'} | {row['late'] or '-'}"
        told.append(f"| in {row['rate']:.0%}{as_often} | {row['stopped']:.1%} | {ends} |")
    return told
