"""What the draws say together, as numbers and as tables for people."""

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.trials.learn.experiment import WORSE, Outcome

BEGIN, END = "<!-- {}: written by make trial ARGS=learn -->", "<!-- end of {} -->"
"""Around each part's tables in the document."""

SHOWN = ("calibration", "new head", "fine tuning", "anchored", "labels replayed", "ours")
"""Methods in the table; the figures have all."""

POWER_GAIN = 0.03
"""A candidate that is better by this much should be promoted."""


def means(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """Of each number."""
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}


def summary(found: Sequence[Outcome], answered: Sequence[Outcome]) -> dict[str, Any]:
    """The figures by which the loop is judged, and a cell for every table's row."""
    siim = [each for each in found if (each.site, each.labels, each.method) == ("siim", 200, "ours")]
    worse = [each.decision == "promote" and _gain(each) < -WORSE for each in answered]
    better = [each.decision == "promote" for each in answered if _gain(each) >= POWER_GAIN]
    return {
        "siim": {
            "nothing": _mean(each.before for each in siim),
            "ours_200": _mean(each.after for each in siim),
            "own_before": _mean(each.own_before for each in siim),
            "own_after": _mean(each.own_after for each in siim),
            "worse_share": _mean(_gain(each) < 0 for each in siim),
        },
        "promoted_though_worse": _mean(worse),
        "promoted_of_better": _mean(better),
        "cells": cells(found),
        "judged": decisions(answered),
    }


def cells(found: Iterable[Outcome]) -> list[dict[str, Any]]:
    """One for each site, number of labels and method."""
    grouped: dict[tuple[str, int, str], list[Outcome]] = {}
    for each in found:
        grouped.setdefault((each.site, each.labels, each.method), []).append(each)
    return [
        {
            "site": site,
            "labels": labels,
            "method": method.replace("_", " "),
            "draws": len(group),
            "before": _mean(each.before for each in group),
            "after": _mean(each.after for each in group),
            "deviation": round(float(np.std([_gain(each) for each in group])), 4),
            "worse": _mean(_gain(each) < 0 for each in group),
            "own_before": _mean(each.own_before for each in group),
            "own_after": _mean(each.own_after for each in group),
            "log_loss": _mean(each.loss for each in group),
        }
        for (site, labels, method), group in grouped.items()
    ]


def decisions(answered: Iterable[Outcome]) -> list[dict[str, Any]]:
    """One for each site and kind of readers."""
    grouped: dict[tuple[str, str], list[Outcome]] = {}
    for each in answered:
        grouped.setdefault((each.site, each.readers), []).append(each)
    return [
        {
            "site": site,
            "readers": readers,
            "draws": len(group),
            "gain": _mean(_gain(each) for each in group),
            "promoted": _mean(each.decision == "promote" for each in group),
            "promoted_though_worse": _mean(each.decision == "promote" and _gain(each) < -WORSE for each in group),
        }
        for (site, readers), group in grouped.items()
    ]


def tables(figures: dict[str, Any]) -> str:
    """In Markdown."""
    lines = [
        "| hospital | labels | method | AUROC before | after (sd of the gain) | worse in | own test split | log loss |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {cell['site']} | {cell['labels']} | {cell['method']} | {cell['before']:.3f} "
        f"| {cell['after']:.3f} ({cell['deviation']:.3f}) | {cell['worse']:.0%} "
        f"| {cell['own_before']:.3f}, then {cell['own_after']:.3f} | {cell['log_loss']:.3f} |"
        for cell in figures["cells"]
        if cell["method"] in SHOWN
    ]
    lines += ["", "| hospital | readers | true gain | promoted | promoted and worse |", "|---|---|---:|---:|---:|"]
    lines += [
        f"| {row['site']} | {row['readers']} | {row['gain']:+.3f} | {row['promoted']:.0%} "
        f"| {row['promoted_though_worse']:.0%} |"
        for row in figures["judged"]
    ]
    lines += ["", "| what must be refused | refused in all draws |", "|---|---|"]
    lines += [f"| {name} | {'yes' if so else '**no**'} |" for name, so in figures["controls_refused"].items()]
    lines += ["", *_told(figures)]
    return "\n".join(lines)


def _told(figures: dict[str, Any]) -> list[str]:
    fooled = figures["fooled"]
    found = (
        f"Of all draws {figures['promoted_though_worse']:.1%} were promoted and worse. Of candidates that were better "
        f"by {POWER_GAIN} or more {figures['promoted_of_better']:.0%} were promoted: more films that judge find more.",
        "Judged by labels of readers who saw the answer and follow it in 90 % (Shenzhen, 200 labels), the parent looks "
        f"like {fooled['influenced_parent']:.3f} and is {fooled['true_parent']:.3f}; a candidate whose gain is "
        f"{fooled['true_gain']:+.3f} looks like {fooled['influenced_gain']:+.3f}. So only blind labels judge.",
    )
    return [line for told in found for line in (*textwrap.wrap(told, 140), "")]


def write(told: str, part: str, path: Path) -> None:
    """Replace a part's tables of the document."""
    begin, end = (mark.format(part) for mark in (BEGIN, END))
    before, rest = path.read_text().split(begin)
    path.write_text(f"{before}{begin}\n{told}\n{end}{rest.split(end)[1]}")


def _gain(outcome: Outcome) -> float:
    return outcome.after - outcome.before


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(float(np.mean(listed)), 4) if listed else float("nan")
