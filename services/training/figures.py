"""Measured figures, and how they reach metrics.json, the card and the screen."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.statistics import Interval, bootstrap, wilson

BEGIN, END = "<!-- figures: written by python -m training evaluate -->", "<!-- end of figures -->"
"""Between these lines of a card stands the table of figures."""


METRICS = "metrics.json"
"""Beside a stage's weights and its card."""


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


def write_figures(folder: Path, about: dict[str, Any], figures: list[Figure]) -> None:
    """Write metrics.json, where the figures come from and the figures; and the table of the card, if there is one.

    Args:
        folder: of the stage's weights. Its card never says another digit than its metrics.json does.
    """
    told = [_rounded(each) for each in figures]
    listed = [asdict(each) for each in told]
    (folder / METRICS).write_text(json.dumps(about | {"figures": listed}, indent=2) + "\n")
    if (card := folder / "card.md").exists():
        before, rest = card.read_text().split(BEGIN)
        card.write_text(f"{before}{BEGIN}\n{table(told)}\n{END}{rest.split(END)[1]}")


def read_figures(folder: Path) -> tuple[dict[str, Any], list[Figure]]:
    """What write_figures wrote: where the figures come from, and the figures; nothing where nothing was written yet."""
    path = folder / METRICS
    about: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"figures": []}
    return about, [Figure(**each | {"ci95": tuple(each["ci95"])}) for each in about.pop("figures")]


def _rounded(figure: Figure) -> Figure:
    low, high = figure.ci95
    return replace(figure, value=round(figure.value, 4), ci95=(round(low, 4), round(high, 4)))


def table(figures: list[Figure]) -> str:
    """A Markdown table of figures."""
    lines = ["| figure | data | n | value | 95 % interval |", "|---|---|---:|---:|---|"]
    for figure in figures:
        low, high = figure.ci95
        lines.append(f"| {figure.what} | {figure.data} | {figure.n} | {figure.value:.3f} | {low:.3f} to {high:.3f} |")
    return "\n".join(lines)
