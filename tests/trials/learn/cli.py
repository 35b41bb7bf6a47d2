"""`make trial ARGS="learn"`: what hospitals' labels are worth, and whether the certificate is right about it."""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from threadpoolctl import threadpool_limits

from local.places import ROOT
from tests.trials.learn import boxed, brixia, controls, measured, pointing, report, stopping
from tests.trials.learn.experiment import JUDGES, Outcome, judged, outcomes
from tests.trials.learn.hospital import Readers
from tests.trials.learn.methods import METHODS, Base
from tests.trials.learn.sites import Parent, base_films, prepare

LABELS = (50, 200, 500)

WRONG = (0.10, 0.15, 0.20)

READERS = {
    "never wrong": Readers(),
    "wrong in 10 to 20 %, blind": Readers(WRONG),
    "the same, 30 % blind, follow in 60 %": Readers(WRONG, 0.6, 0.3),
    "the same, 10 % blind, follow in 60 %": Readers(WRONG, 0.6, 0.1),
    "the same, 30 % blind, follow in 90 %": Readers(WRONG, 0.9, 0.3),
    "the same, 10 % blind, follow in 90 %": Readers(WRONG, 0.9, 0.1),
}


def main(words: Sequence[str]) -> int:
    """Measure, print and keep; 1 where the films are not there."""
    options, console = _options(words), Console(highlight=False, soft_wrap=True)
    needed = {"figures": options.data, "stop rule": [], "two readers": [options.scores]}
    needed["boxes"] = [*options.data, options.stranger]
    needed["numbers"] = [options.hands]
    parts = [options.part] if options.part else list(needed)
    if missing := [path for part in parts for path in needed[part] if not path.is_file()]:
        console.print(
            f"[red]not measured:[/] {missing[0]} is missing: this needs the films for training (docs/training.md)"
        )
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    figures = json.loads(options.out.read_text()) if options.out.exists() else {}
    for part in parts:
        with threadpool_limits(1):  # products of narrow matrices: two threads are slower than one
            told = _part(part, figures, options, console)
        console.print(told)
        options.out.write_text(json.dumps(figures, indent=1) + "\n")
        if options.write:
            report.write(told, part, ROOT / "docs" / "learning.md")
    console.print(f"kept in {options.out}")
    return 0


def _part(part: str, figures: dict[str, Any], options: argparse.Namespace, console: Console) -> str:
    """Measure a part into the figures, and tell it in Markdown."""
    if part == "stop rule":
        figures["stop_rule"] = stopping.table()
        return "\n".join(stopping.lines(figures["stop_rule"]))
    if part == "two readers":
        figures["two_readers"] = brixia.readers(options.scores)
        return "\n".join(brixia.lines(figures["two_readers"]))
    if part == "numbers":
        site = measured.prepare(options.hands, ROOT / "model_store", options.folder)
        figures["numbers"] = measured.table(site, options.draws)
        return "\n".join(measured.lines(figures["numbers"]))
    if part == "boxes":
        known = boxed.prepare(options.data, options.cache, options.segmenter, options.stranger, options.folder)
        figures["boxes"] = pointing.cells(list(pointing.outcomes(known, options.draws)))
        return "\n".join(pointing.lines(figures["boxes"]))
    began = time.monotonic()
    parent = prepare(options.data, options.cache, options.segmenter, options.folder)
    console.print(f"parent and features ready after {time.monotonic() - began:.0f} s")
    figures |= _figures(parent, options.draws, console) | {"seconds": round(time.monotonic() - began)}
    return report.tables(figures)


def _figures(parent: Parent, draws: int, console: Console) -> dict[str, Any]:
    base = base_films(parent)
    found: list[Outcome] = []
    for name in parent.sites:
        began = time.monotonic()
        found += outcomes(parent, base, name, LABELS, METHODS, draws)
        console.print(f"{name}: {time.monotonic() - began:.0f} s")
    answered: list[Outcome] = []
    for name in (name for name in parent.sites if JUDGES[name]):
        began = time.monotonic()
        answered += judged(parent, base, name, 200, READERS, draws)
        console.print(f"{name}, judged: {time.monotonic() - began:.0f} s")
    told = report.summary(found, answered) | {"controls_refused": _controls(parent, base, draws)}
    told["fooled"] = report.means([controls.fooled(parent, base, number) for number in range(draws)])
    return told | {"draws": draws, "outcomes": [asdict(each) for each in (*found, *answered)]}


def _controls(parent: Parent, base: Base, draws: int) -> dict[str, bool]:
    numbers = range(draws)
    scaled = [controls.rescaled(parent, number) for number in numbers]
    return {
        "shuffled labels": all(controls.shuffled(parent, base, number) for number in numbers),
        "women harmed": all(controls.harmed_group(parent, number) for number in numbers),
        "scores rescaled": all(refused for refused, _ in scaled),
        "scores rescaled: the points move, and keep the sensitivity": all(moved for _, moved in scaled),
    }


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="learn", description=__doc__)
    shared = ROOT.parent / "shared" / "data"
    indexes = [shared / name / "index.csv" for name in ("cxr", "adults")]
    parser.add_argument("--data", type=Path, nargs="+", default=indexes, help="index.csv of the films")
    parser.add_argument("--scores", type=Path, default=shared / "adults" / "scores.csv", help="of two readers")
    parser.add_argument(
        "--part",
        choices=("figures", "stop rule", "two readers", "boxes", "numbers"),
        help="only this; all unless given",
    )
    parser.add_argument("--hands", type=Path, default=shared / "hands" / "index.csv", help="index.csv of hands")
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "training" / "cache")
    parser.add_argument("--segmenter", type=Path, default=ROOT / "model_store" / "segmenter" / "weights.safetensors")
    stranger = ROOT.parent / "shared" / "weights" / "efficientnet-lite0-joint.safetensors"
    parser.add_argument("--stranger", type=Path, default=stranger, help="weights that saw no film of the boxes' part")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "learn", help="for the parent and its features")
    parser.add_argument("--draws", type=int, default=16, help="divisions of each hospital's patients (16)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "learn.json")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/learning.md")
    return parser.parse_args(words)
