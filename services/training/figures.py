"""Measured figures, and how they reach metrics.json, the card and the screen."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.statistics import Interval, bootstrap, wilson

BEGIN, END = "<!-- figures: written by python -m training evaluate -->", "<!-- end of figures -->"
"""Between these lines of a card stands the table of figures."""


@dataclass(frozen=True)
class Figure:
    """One measured number."""

    what: str
    data: str
    n: int
    """Films, or patients' films where the same film was turned or inverted."""

    value: float
    ci95: Interval


@dataclass(frozen=True)
class Measured:
    """What a stage's evaluation found."""

    figures: list[Figure]
    cases: pd.DataFrame
    """One row a judged image, for the report; see training.report for the columns."""


def share(what: str, data: str, right: NDArray[np.bool_]) -> Figure:
    """How often something is so, with Wilson's interval."""
    return Figure(what, data, len(right), float(right.mean()), wilson(int(right.sum()), len(right)))


def by_patient(
    what: str, data: str, rows: pd.DataFrame, figure: Callable[[NDArray[np.int64]], float], biased: bool = False
) -> Figure:
    """A figure of some films, with an interval from a bootstrap by patient.

    Args:
        rows: the films' rows of the index.
        figure: of positions in rows.
        biased: see bootstrap.
    """
    value = figure(np.arange(len(rows)))
    return Figure(what, data, len(rows), float(value), bootstrap(figure, rows["patient_id"].to_numpy(), 500, biased))


def write_metrics(path: Path, about: dict[str, Any], figures: list[Figure]) -> None:
    """Write metrics.json: where the figures come from, and the figures."""
    rounded = [
        asdict(figure) | {"value": round(figure.value, 4), "ci95": [round(end, 4) for end in figure.ci95]}
        for figure in figures
    ]
    path.write_text(json.dumps(about | {"figures": rounded}, indent=2) + "\n")


def table(figures: list[Figure]) -> str:
    """A Markdown table of figures."""
    lines = ["| figure | data | n | value | 95 % interval |", "|---|---|---:|---:|---|"]
    for figure in figures:
        low, high = figure.ci95
        lines.append(f"| {figure.what} | {figure.data} | {figure.n} | {figure.value:.3f} | {low:.3f} to {high:.3f} |")
    return "\n".join(lines)


def write_card(path: Path, figures: list[Figure]) -> None:
    """Replace the card's table of figures, if there is a card, so that it never disagrees with metrics.json."""
    if path.exists():
        before, rest = path.read_text().split(BEGIN)
        path.write_text(f"{before}{BEGIN}\n{table(figures)}\n{END}{rest.split(END)[1]}")
