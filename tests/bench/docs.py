"""docs/performance.md's figures, from bench.json, load.json and reading.json in build: none is written by hand."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.bench.errors import MeasurementError
from tests.bench.facts import ROOT

PAGE = ROOT / "docs" / "performance.md"


def write(page: Path, build: Path) -> list[str]:
    """Fill the marked places whose report there is; which they were.

    Args:
        page: with a pair of comments, <!-- NAME --> and <!-- /NAME -->, for each report.
        build: the folder of NAME.json.

    Raises:
        MeasurementError: there is no report, or no place for one.
    """
    text, filled = page.read_text(), []
    for name, tables in TABLES.items():
        report = build / f"{name}.json"
        if report.exists():
            text = _fill(text, name, tables(json.loads(report.read_text())))
            filled.append(name)
    if not filled:
        raise MeasurementError(f"no report in {build}: `make bench`, `make load` and `make reading` write them")
    page.write_text(text)
    return filled


def _fill(text: str, name: str, tables: str) -> str:
    place = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not place.search(text):
        raise MeasurementError(f"no <!-- {name} --> … <!-- /{name} --> in the page")
    return place.sub(lambda found: f"{found[1]}\n{tables}\n\n{found[2]}", text)


def _bench(figures: Mapping[str, Any]) -> str:
    times = [
        [name.replace("_", " "), *(f"{figures[f'{name}_ms'][each]:.1f}" for each in ("p25", "p50", "p75", "p95"))]
        for name in ("in_process", "gateway", "cached", "empty_handler")
    ]
    steps = [
        [step, f"{sides['in_process']:.1f}", f"{sides['gateway']:.1f}"]
        for step, sides in figures["steps_p50_ms"].items()
    ]
    alone = [
        [name, *(f"{spread[each]:.1f}" for each in ("p25", "p50", "p75")), f"{figures['archives_mb'][name]:.1f}"]
        for name, spread in figures["networks_ms"].items()
    ]
    rates = [[name, f"{per_s:.1f}"] for name, per_s in figures["in_process_sweep_per_s"].items()]
    memory = figures.get("stack_memory_by_process_mb", {})
    after = figures.get("stack_memory_after_by_process_mb", {})
    low, high = figures["gateway_over_in_process_interval"]
    parts = [
        _taken(figures) + f" {figures['pairs']} pairs, {figures['film']}. Gateway over in process, p50: "
        f"{figures['gateway_over_in_process_p50']} (95 % interval {low} to {high}).",
        _targets(figures),
        _table(["one at a time, ms", "p25", "p50", "p75", "p95"], times),
        _table(["p50 of each step, ms", "in process", "gateway"], steps),
        _table(["network alone, 2 threads, ms", "p25", "p50", "p75", "archive, MB"], alone),
        _table(["in process, PNG", "films/s"], rates),
        _table(["at rest, MB", "started", "after the run"], [[name, memory[name], after[name]] for name in memory]),
    ]
    return "\n\n".join(parts)


def _load(figures: Mapping[str, Any]) -> str:
    names = ("requests_per_s", "p50_ms", "p95_ms", "p99_ms", "requests", "errors")
    rows = [
        [f"{mix}, {part}" if part else mix, *(f"{values[name]:g}" for name in names)]
        for mix, whole in figures["mixes"].items()
        for part, values in (("", whole), *whole["kinds"].items())
    ]
    parts = [
        _taken(figures) + f" {figures['users']} users, {figures['seconds']} s a mix.",
        _table(["mix", "requests/s", "p50, ms", "p95, ms", "p99, ms", "requests", "errors"], rows),
    ]
    return "\n\n".join([*parts, *([_targets(figures)] if figures["targets"] else [])])


def _reading(figures: Mapping[str, Any]) -> str:
    timed = {f"worklist: {name}": spread for name, spread in figures["lists_ms"].items()}
    timed |= {f"film page, until the {name}": spread for name, spread in figures["shown_ms"].items()}
    rows = [[name, *(f"{value:.0f}" for value in spread)] for name, spread in timed.items()]
    columns, lines = figures["size"]
    parts = [
        _taken(figures)
        + f" {figures['films']} films, {figures['times']} times each; a film of {columns} x {lines} pixels.",
        _table(["ms", "p50", "p5", "p95"], rows),
    ]
    return "\n\n".join(parts)


def _taken(figures: Mapping[str, Any]) -> str:
    machine = figures["machine"]
    busy = "" if machine["idle_before"] else f" **The machine was busy ({machine['busy_before_percent']:.0f} %).**"
    return f"Commit {figures['commit']}, {figures['taken'][:10]}, {machine['cores']} cores of {machine['cpu']}.{busy}"


def _targets(figures: Mapping[str, Any]) -> str:
    rows = [
        [each["text"], each["limit"], "" if each["value"] is None else f"{each['value']:.4g}", _met(each["met"])]
        for each in figures["targets"].values()
    ]
    return _table(["target", "limit", "measured", ""], rows)


def _met(met: bool | None) -> str:
    return "not measured" if met is None else "met" if met else "**missed**"


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


TABLES: dict[str, Callable[[Mapping[str, Any]], str]] = {"bench": _bench, "load": _load, "reading": _reading}
