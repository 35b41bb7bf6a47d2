"""`make trial ARGS="start"`: where a stack's start goes: processor time by process, until everything is ready."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from local.coming_up import build_archives
from local.places import ROOT
from tests.trials import marked
from tests.trials.bench import docs, facts, stacks, usage

BUILD, PAGE = ROOT / "build", ROOT / "docs" / "performance.md"
KEPT = BUILD / "start.json"
WAITS = "who starts it, and asks whether it is ready"
LEFT = "nothing, or other programs"


def main(words: Sequence[str]) -> int:
    """Measure and keep, or write the page; 0."""
    options = _options(words)
    marked.told(KEPT, PAGE, "start", _table, None if options.write_docs else partial(_figures, options))
    return 0


def _figures(options: argparse.Namespace) -> dict[str, Any]:
    build_archives(options.archives)
    about, starts = facts.facts(), [_start(options) for _ in range(options.rounds + 1)]
    return about | {"rounds": options.rounds, "starts": starts[1:]}  # the first one makes databases and compiles


def _start(options: argparse.Namespace) -> dict[str, Any]:
    """One stack, as soon as it is ready: seconds on the clock, and of processor time by process, Java's apart."""
    before = usage.own_cpu_s()
    with stacks.measured(None, options.run, options.archives, settle_s=0) as stack:
        used = (stack.cpu_s(java_apart=True) or {}) | {WAITS: usage.own_cpu_s() - before}
        return {"ready_s": stack.ready_s, "cpu_s": used}


def _table(report: dict[str, Any]) -> str:
    """Medians of the starts; the rows add up to what all processors had."""
    starts = report["starts"]
    ready_s = median(each["ready_s"] for each in starts)
    had = report["machine"]["cores"] * ready_s
    used = {name: median(each["cpu_s"].get(name, 0) for each in starts) for name in starts[0]["cpu_s"]}
    rows = sorted(used.items(), key=lambda each: -each[1])
    rows += [("all of these", sum(used.values())), (LEFT, had - sum(used.values())), ("all processors", had)]
    told = f"{docs.taken(report)} Medians of {report['rounds']} starts. Ready after {ready_s:.1f} s."
    table = docs.table(["from start to ready", "processor time, s"], [[name, f"{each:.1f}"] for name, each in rows])
    return f"{told}\n\n{table}"


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="start', description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="starts that count, after one more; default %(default)s")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--run", type=Path, default=BUILD / "start" / "run", help="folder of its stack's logs")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/performance.md from build/start.json")
    return parser.parse_args(words)
