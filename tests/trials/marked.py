"""Marked places in pages of the docs, which are filled from the report of a trial: no figure there is by hand."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.errors import StackError


def told(
    kept: Path,
    page: Path,
    name: str,
    table: Callable[[dict[str, Any]], str],
    measure: Callable[[], dict[str, Any]] | None,
) -> None:
    """Measure, keep and print a trial's figures; or print those of the last run, and put them into the page.

    Args:
        kept: where its report is.
        page: with a place of its name.
        name: the trial's.
        table: of a report, in Markdown.
        measure: makes a report; None: the page is filled.

    Raises:
        StackError: nothing was measured yet, or the page has no such place.
    """
    if measure:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(measure(), indent=1) + "\n")
    report = read(kept, name)
    print(table(report))
    if not measure:
        fill(page, name, table(report))


def read(kept: Path, trial: str) -> dict[str, Any]:
    """A report.

    Raises:
        StackError: there is none; it says which trial writes it.
    """
    if not kept.exists():
        raise StackError(f'no {kept}: `make trial ARGS="{trial}"` writes it')
    figures: dict[str, Any] = json.loads(kept.read_text())
    return figures


def fill(page: Path, name: str, told: str) -> None:
    """Put what is told into the place of that name.

    Raises:
        StackError: the page has none.
    """
    page.write_text(filled(page.read_text(), name, told, page))


def filled(text: str, name: str, told: str, page: object = "the page") -> str:
    """The same of a text. Raises as fill."""
    if not place(name).search(text):
        raise StackError(f"no <!-- {name} --> … <!-- /{name} --> in {page}")
    return place(name).sub(lambda found: f"{found[1]}\n{told}\n\n{found[2]}", text)


def place(name: str) -> re.Pattern[str]:
    """Between <!-- NAME --> and <!-- /NAME -->."""
    return re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
