"""docs/performance.md's figures, from the reports in build: none is written by hand."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local.places import ROOT
from tests.trials import marked
from tests.trials.bench.errors import MeasurementError

PAGE = ROOT / "docs" / "performance.md"


Tables = Callable[[Mapping[str, Any]], str]
"""A report as Markdown."""


def write(page: Path, build: Path, reports: Mapping[str, Tables] | None = None) -> list[str]:
    """Fill the marked places whose report there is; which they were.

    Args:
        page: with a pair of comments, <!-- NAME --> and <!-- /NAME -->, for each report.
        build: the folder of NAME.json.
        reports: by NAME; None: those of docs/performance.md.

    Raises:
        MeasurementError: there is no report.
        StackError: there is no place for one.
    """
    text, filled = page.read_text(), []
    for name, tables in (TABLES if reports is None else reports).items():
        report = build / f"{name}.json"
        if report.exists():
            text = marked.filled(text, name, tables(json.loads(report.read_text())))
            filled.append(name)
    if not filled:
        raise MeasurementError(f"no report in {build}: `make bench`, `make load` and the like write them")
    page.write_text(text)
    return filled


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
        taken(figures) + f" {figures['pairs']} pairs, {figures['film']}. Gateway over in process, p50: "
        f"{figures['gateway_over_in_process_p50']} (95 % interval {low} to {high}).",
        targets(figures),
        table(["one at a time, ms", "p25", "p50", "p75", "p95"], times),
        table(["p50 of each step, ms", "in process", "gateway"], steps),
        *_spent(figures.get("cpu_ms_a_film", {})),
        table(["network alone, 2 threads, ms", "p25", "p50", "p75", "archive, MB"], alone),
        table(["in process, PNG", "films/s"], rates),
        table(["at rest, MB", "started", "after the run"], [[name, memory[name], after[name]] for name in memory]),
    ]
    return "\n\n".join(parts)


def _spent(ways: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Processor time a film, by process; of this process there is the sum alone."""
    if not ways:
        return []
    names = {*ways["computed"], *ways["cached"]} - {"all"}
    ordered = [*sorted(names, key=lambda name: (-ways["computed"].get(name, 0), name)), "all"]
    rows = [[name, *(f"{ways[way][name]:.1f}" if name in ways[way] else "" for way in ways)] for name in ordered]
    return [table(["processor time a film, ms", *(way.replace("_", " ") for way in ways)], rows)]


def _load(figures: Mapping[str, Any]) -> str:
    names = ("requests_per_s", "p50_ms", "p95_ms", "p99_ms", "requests", "errors")
    rows = [
        [f"{mix}, {part}" if part else mix, *(f"{values[name]:g}" for name in names)]
        for mix, whole in figures["mixes"].items()
        for part, values in (("", whole), *whole["kinds"].items())
    ]
    parts = [
        taken(figures) + f" {figures['users']} users, {figures['seconds']:g} s a mix.",
        table(["mix", "requests/s", "p50, ms", "p95, ms", "p99, ms", "requests", "errors"], rows),
    ]
    return "\n\n".join([*parts, *([targets(figures)] if figures["targets"] else [])])


def _reading(figures: Mapping[str, Any]) -> str:
    columns, lines = figures["size"]
    rows = [
        [name, *(f"{each[part]:.0f}" for part in ("times", "p50", "p5", "p95"))] for name, each in figures["ms"].items()
    ]
    script, compressed = (figures[name] / 1000 for name in ("script_bytes", "script_gzip_bytes"))
    parts = [
        taken(figures) + f" {figures['films']} films; a film of {columns} x {lines} pixels. film.js: {script:.0f} KB, "
        f"{compressed:.0f} KB compressed. A finger made the window {figures['widened_by_a_finger']:g} grays wider, "
        f"two made the film {figures['zoomed_by_two_fingers']:g} times as large.",
        table(["ms", "times", "p50", "p5", "p95"], rows),
    ]
    return "\n\n".join(parts)


def _compare(figures: Mapping[str, Any]) -> str:
    users = [*next(iter(figures["contenders"].values()))["users"]]
    rows = [_contender(name, each, users) for name, each in figures["contenders"].items()]
    head = ["", "films/s", *(f"{count} user{'s' * (count != '1')}: p50 / p95, ms" for count in users)]
    failed = [f"Not reported: {name}, {why.splitlines()[0]}" for name, why in figures["failed"].items()]
    failed += [
        f"{name}: {each['errors']} films were not answered."
        for name, each in figures["contenders"].items()
        if each["errors"]
    ]
    parts = [
        taken(figures) + f" {figures['film']}; {figures['rounds']} rounds, {figures['seconds']:g} s for each number of "
        "users; medians of the rounds, lowest and highest of films/s in brackets.",
        table([*head, "MB, rested", "MB, after", "ready, s", "lines of glue"], rows),
        *failed,
    ]
    return "\n\n".join(parts)


def _contender(name: str, each: Mapping[str, Any], users: list[str]) -> list[str]:
    rate = each["best_per_s"]
    times = [each["users"][count] for count in users]
    return [
        f"{name} {each['version']}".strip(),
        f"{rate['median']:.1f} ({rate['low']:.1f} to {rate['high']:.1f})",
        *(f"{taken['p50_ms']['median']:.0f} / {taken['p95_ms']['median']:.0f}" for taken in times),
        *(f"{each[key]['median']:.0f}" for key in ("memory_mb", "memory_after_mb")),
        f"{each['ready_s']['median']:.1f}",
        str(each["lines_of_glue"] or ""),
    ]


def _batching(figures: Mapping[str, Any]) -> str:
    counts = [each["callers"] for each in next(iter(figures["served"].values()))[0]["callers"]]
    rows = [
        [stage, setup["size"], setup["delay_ms"], *(_served(each) for each in setup["callers"])]
        for stage, setups in figures["served"].items()
        for setup in setups
    ]
    head = [f"{count} caller{'s' * (count != 1)}: films/s, p50 / p95, CPU ms a film" for count in counts]
    gpu = figures["gpu_ms_a_film"]
    parts = [
        taken(figures) + f" {figures['seconds']:g} s for each number of callers.",
        table(["stage", "batchSize", "maxBatchDelay, ms", *head], rows),
        _alone("network alone, ms a film, batches of", figures["cpu_ms_a_film"]),
        _alone("the same on a GPU", gpu) if gpu else "No GPU here: nothing was measured on one.",
    ]
    return "\n\n".join(parts)


def _served(each: Mapping[str, Any]) -> str:
    return f"{each['per_s']:.1f}, {each['p50_ms']:.0f} / {each['p95_ms']:.0f}, {each['cpu_ms']:.1f}"


def _alone(title: str, stages: Mapping[str, Mapping[str, float]]) -> str:
    sizes = [*next(iter(stages.values()))]
    return table([title, *sizes], [[name, *(f"{by[size]:.2f}" for size in sizes)] for name, by in stages.items()])


def taken(figures: Mapping[str, Any]) -> str:
    """Of what, when and on what the figures are."""
    machine = figures["machine"]
    busy = "" if machine["idle_before"] else f" **The machine was busy ({machine['busy_before_percent']:.0f} %).**"
    return f"Commit {figures['commit']}, {figures['taken'][:10]}, {machine['cores']} cores of {machine['cpu']}.{busy}"


def targets(figures: Mapping[str, Any], name: str = "targets") -> str:
    """Targets and what was measured of them; name is where in the report they are."""
    rows = [
        [each["text"], each["limit"], "" if each["value"] is None else f"{each['value']:.4g}", _met(each["met"])]
        for each in figures[name].values()
    ]
    return table(["target", "limit", "measured", ""], rows)


def _met(met: bool | None) -> str:
    return "not measured" if met is None else "met" if met else "**missed**"


def table(head: list[str], rows: list[list[Any]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


TABLES: dict[str, Tables] = {
    "bench": _bench,
    "compare": _compare,
    "batching": _batching,
    "load": _load,
    "reading": _reading,
}
