"""A test's figures as tables for people."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

COLUMNS = {
    "requests_per_s": "requests/s",
    "goodput_per_s": "in time/s",
    "p50_ms": "p50, ms",
    "p95_ms": "p95, ms",
    "p99_ms": "p99, ms",
    "requests": "requests",
    "shed": "shed",
    "errors": "errors",
}
"""Figure to its heading; percentiles are of assessed films."""


def rows(figures: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """All, each kind of file, and, where there are several, each phase with its lanes."""
    found: list[tuple[str, Mapping[str, Any]]] = [("all", figures), *figures["kinds"].items()]
    if len(figures["phases"]) > 1:
        for name, phase in figures["phases"].items():
            found.append((f"{name} ({phase['level']:g}/s)", phase))
            if len(phase["lanes"]) > 1:
                found += [(f"{name}, {lane}", part) for lane, part in phase["lanes"].items()]
    return found


def cells(part: Mapping[str, Any]) -> list[str]:
    """One of the rows, as text; nothing where nothing was assessed."""
    return ["" if part[each] is None else f"{part[each]:g}" for each in COLUMNS]


def show(console: Console, title: str, figures: Mapping[str, Any]) -> None:
    """The rows, the processor seconds and what was wrong."""
    table = Table(title, *COLUMNS.values())
    for name, part in rows(figures):
        table.add_row(name, *cells(part))
    console.print(table)
    used = ", ".join(f"{name} {seconds:.0f}" for name, seconds in figures["cpu_s"].items())
    console.print(f"processor seconds: {used}")
    for message, count in figures["messages"].items():
        console.print(f"[red]{count} x {escape(message)}[/]")
