"""The table in docs/deployment.md, from build/containers.json: no figure in it is written by hand."""

from pathlib import Path
from typing import Any

from local.errors import StackError
from local.places import ROOT
from tests.trials import marked

PAGE = ROOT / "docs" / "deployment.md"
FORM = "whole"
"""Of the trial that the table is of: it begins with no image."""

PLACE = marked.place("containers")


def write(page: Path, kept: Path) -> None:
    """Fill the marked place.

    Raises:
        StackError: there is no report of a whole trial in which nothing is wrong, or no place for it.
    """
    figures = marked.read(kept, "containers")
    if figures["form"] != FORM or any(step["wrong"] for step in figures["steps"]):
        raise StackError(f"{kept} is of the {figures['form']} form, or of one in which something is wrong")
    marked.fill(page, "containers", told(figures))


def told(figures: dict[str, Any]) -> str:
    """When and on what it was taken, and every step."""
    machine = figures["machine"]
    busy = "" if machine["idle_before"] else f", {machine['busy_before_percent']:.0f} % busy with other work before"
    taken = (
        f"Taken {figures['taken'][:10]} on {machine['cores']} cores ({machine['cpu']}{busy}), commit "
        f"`{figures['commit']}`: {figures['lasted_s'] / 60:.0f} minutes, {figures['prepared_s']:.0f} s of which to "
        "fetch what was not there."
    )
    rows = [("tried", "s", "found"), ("---", "---:", "---")]
    rows += [(step["name"], f"{step['took_s']:.0f}", "; ".join(step["told"])) for step in figures["steps"]]
    return f"{taken}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)
