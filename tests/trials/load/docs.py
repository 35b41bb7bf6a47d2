"""docs/load.md's tables, from load-SHAPE.json in build: none of their figures is written by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.places import ROOT
from tests.trials.bench import docs
from tests.trials.load import report
from tests.trials.load.kit.sending.shapes import NAMES

PAGE = ROOT / "docs" / "load.md"


def write(build: Path) -> list[str]:
    """Fill the places whose report there is; which they were.

    Raises:
        MeasurementError: there is no report.
    """
    return docs.write(PAGE, build, TABLES)


def _shape(figures: Mapping[str, Any]) -> str:
    told = f" {figures['seconds']:g} s, {figures['mix']}; capacity {figures['capacity_per_s']:g} films/s."
    rows = [[name, *report.cells(part)] for name, part in report.rows(figures)]
    parts = [docs.taken(figures) + told, docs.table(["", *report.COLUMNS.values()], rows)]
    return "\n\n".join([*parts, docs.targets(figures, "verdicts")])


TABLES: dict[str, docs.Tables] = {f"load-{name}": _shape for name in NAMES if name != "steady"}
