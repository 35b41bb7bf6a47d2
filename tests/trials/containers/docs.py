"""The tables in docs/deployment.md, from build/containers.json: no figure in them is written by hand."""

from pathlib import Path
from typing import Any

from local.errors import StackError
from local.places import ROOT
from tests.trials import marked

PAGE = ROOT / "docs" / "deployment.md"
FORM, UPGRADE = "whole", "upgrade"
"""Of the trials that have a table; that of the whole begins with no image."""

PLACES = {FORM: "containers", UPGRADE: "containers-upgrade"}
"""Form to the name of its place."""


def write(page: Path, kept: Path) -> None:
    """Fill the marked place of the form that the report is of.

    Raises:
        StackError: there is no report of such a trial in which nothing is wrong, or no place for it.
    """
    figures = marked.read(kept, PLACES[FORM])
    form = figures["form"].partition(",")[0]
    whole = figures["form"] == FORM or form == UPGRADE
    if not whole or any(step["wrong"] for step in figures["steps"]):
        raise StackError(f"{kept} is of the {figures['form']} form, or of one in which something is wrong")
    marked.fill(page, PLACES[form], told(figures))


def told(figures: dict[str, Any]) -> str:
    """When and on what it was taken, and every step."""
    machine = figures["machine"]
    busy = "" if machine["idle_before"] else f", {machine['busy_before_percent']:.0f} % busy with other work before"
    commit = f"commit `{figures['commit']}`" + (f" after `{figures['earlier'][:12]}`" if "earlier" in figures else "")
    with_images = figures["form"].partition(",")[2]
    taken = (
        f"Taken {figures['taken'][:10]} on {machine['cores']} cores ({machine['cpu']}{busy}), {commit}"
        f"{with_images and f',{with_images}'}: {figures['lasted_s'] / 60:.0f} minutes, "
        f"{figures['prepared_s']:.0f} s of which to fetch what was not there."
    )
    rows = [("tried", "s", "found"), ("---", "---:", "---")]
    rows += [(step["name"], f"{step['took_s']:.0f}", "; ".join(step["told"])) for step in figures["steps"]]
    return f"{taken}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)
