"""`make trial ARGS="day"`: how long urgent films wait for a reader, by the order of the worklist (build/day.json).

A simulation: 1,000 films, 10 % of them urgent, as tests.trials.day.films makes them up; the worklist is the real one.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from local.places import ROOT
from tests.trials.day.films import made
from tests.trials.day.orders import AsBefore, Order, Served
from tests.trials.day.reading import Waits, read_all

OUT = ROOT / "build" / "day.json"


def main(words: Sequence[str]) -> int:
    """Simulate the same day under both orders, print and keep."""
    parser = argparse.ArgumentParser(prog='make trial ARGS="day"', description=__doc__)
    parser.add_argument("--films", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)
    console = Console(highlight=False)
    films = made(given.films, np.random.default_rng(given.seed))
    figures = {}
    for name, order in {"before": AsBefore, "now": Served}.items():
        with tempfile.TemporaryDirectory() as folder:
            made_order: Order = order(Path(folder))
            figures[name] = read_all(films, made_order, np.random.default_rng(given.seed)).figures()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({"films": given.films, "seed": given.seed, "minutes": figures}, indent=1) + "\n")
    _show(console, figures)
    return 0


def _show(console: Console, figures: dict[str, dict[str, float]]) -> None:
    table = Table("minutes", *figures, title="how long films wait for a reader, by the worklist's order")
    for what in Waits.NAMES:
        table.add_row(what, *(f"{each[what]:.0f}" for each in figures.values()))
    console.print(table)
    console.print(f"kept in {OUT}")
