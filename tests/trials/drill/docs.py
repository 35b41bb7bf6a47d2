"""docs/drill.md's score card, from build/drill.json: none of it is written by hand."""

from pathlib import Path
from typing import Any

from local.places import ROOT
from tests.trials import marked
from tests.trials.drill import report
from tests.trials.drill.score import Score

PAGE = ROOT / "docs" / "drill.md"
PLACE = marked.place("drill")


def write(page: Path, kept: Path) -> None:
    """Fill the marked place.

    Raises:
        StackError: there is no score card, or no place for it.
    """
    marked.fill(page, "drill", card(marked.read(kept, "drill")))


def card(figures: dict[str, Any]) -> str:
    """The table, what it was taken on, and what has to happen at each fault."""
    scores = [_score(each) for each in figures["faults"]]
    rows = [report.COLUMNS, ["---"] * len(report.COLUMNS), *map(report.cells, scores)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    musts = "\n".join(f"- **{score.name}**: {score.must}" for score in scores)
    return f"{_taken(figures)}\n\n{table}\n\nWhat must happen:\n\n{musts}"


def _taken(figures: dict[str, Any]) -> str:
    machine = figures["machine"]
    loads = "; ".join(
        f"{name}: {site['load_per_s']} films/s of {site['capacity_per_s']}" for name, site in figures["sites"].items()
    )
    busy = "" if machine["idle_before"] else f", busy to {machine['busy_before_percent']:.0f} % with other things"
    return (
        f"Taken {figures['taken'][:10]} on {machine['cores']} cores ({machine['cpu']}){busy}, commit "
        f"`{figures['commit']}`, {figures['form']} form. Load at each site: {loads}."
    )


def _score(stored: dict[str, Any]) -> Score:
    known = {name: value for name, value in stored.items() if name != "verdicts"}
    return Score(**known)
