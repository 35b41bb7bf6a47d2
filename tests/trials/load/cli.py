"""`make load`: a shape against a stack of its own; 1 where an answer was not as expected, or a limit missed."""

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from local.errors import StackError
from local.places import ROOT
from tests.trials.bench import targets
from tests.trials.bench.client import WARM_UP, Gateway
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.facts import facts
from tests.trials.bench.report import show_verdicts, warn_if_busy
from tests.trials.bench.stacks import Measured, measured
from tests.trials.bench.variants import Film
from tests.trials.load import docs, locusts, report, thresholds
from tests.trials.load.kit.sending import options

ALONE = {"REVIEW_FEED": "false"}
"""The reading room follows when the gateway has time: what it catches up with would be taken for the load's doing."""

BUILD = ROOT / "build"
WARMING = 49_999
"""Number of the variant that warms the stack up: not one that is counted."""

MASTER_PORT = 5557
"""Source: Locust's own."""


def main(words: Sequence[str]) -> int:
    """Put it under load, print and keep."""
    given = _options(words)
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    if given.write_docs:
        console.print(f"{docs.PAGE.relative_to(ROOT)}: {', '.join(docs.write(BUILD))}")
        return 0
    if given.worker:
        return locusts.work(given)
    figures = facts() | {"shape": given.shape, "users": given.users, "seconds": options.shape(given).seconds}
    warn_if_busy(figures, console)
    try:
        with measured(given.url, given.run, given.archives, given.allow_host or (), ALONE) as stack:
            Gateway(stack.url).warm(Film.read(given.film).file(WARMING), given.warm_up)
            figures |= _steady(stack, given, console) if given.shape == "steady" else _open(stack, given, console)
    except (MeasurementError, StackError) as error:
        console.print(f"[red]not measured:[/] {escape(str(error))}")
        return 1
    return _keep(figures, given, console)


def _steady(stack: Measured, given: Namespace, console: Console) -> dict[str, Any]:
    """Both mixes, or the one that was asked for; and how that is to what the bench found."""
    console.print(f"{given.users} users for {options.shape(given).seconds:g} s a mix, against {stack.url}")
    shares = (0.0, 1.0) if given.cached is None else (given.cached,)
    mixes: dict[str, Any] = {}
    found: dict[str, targets.Verdict] = {}
    for share in shares:
        asked = Namespace(**vars(given) | {"cached": share})
        mix = str(options.mix(asked))
        mixes[mix] = _run(stack, asked, mix, console)
        judged = thresholds.verdicts(options.shape(asked), mixes[mix], 0, vars(given))
        found |= {f"{mix}: {name}": verdict for name, verdict in judged.items()}
    compare = compared(mixes, given.bench, console)
    verdicts = targets.judge(targets.LOAD, compare)
    show_verdicts(console, verdicts)
    return compare | {"mixes": mixes, "targets": targets.stored(verdicts), "verdicts": found}


def _open(stack: Measured, given: Namespace, console: Console) -> dict[str, Any]:
    """The capacity, unless it was said, and the shape that is a multiple of it."""
    if not given.capacity:
        asked = Namespace(**vars(given) | {"shape": "steady", "seconds": given.capacity_s, "urgent": 0.0})
        given.capacity = _run(stack, asked, "capacity", console)["goodput_per_s"]
    mix, shape = options.mix(given), options.shape(given)
    console.print(f"{shape.name} for {shape.seconds:g} s, {given.capacity:g} films/s being the capacity; {mix}")
    rest = stack.memory_mb()
    figures = _run(stack, given, shape.name, console)
    if rest and (after := stack.memory_mb()):
        figures["memory_ratio"] = round(max(after[name] / rest[name] for name in rest if name != "valkey"), 3)
    found = thresholds.verdicts(shape, figures, given.capacity, vars(given))
    return figures | {"mix": str(mix), "capacity_per_s": given.capacity, "verdicts": found}


def _run(stack: Measured, given: Namespace, title: str, console: Console) -> dict[str, Any]:
    """One test's figures, printed."""
    before = stack.cpu_s() or {}
    html = given.out.with_name(f"load-{title.replace(' ', '-')}.html")
    html.parent.mkdir(parents=True, exist_ok=True)
    figures = locusts.run(stack.url, given, html)
    after = stack.cpu_s() or {}
    figures["cpu_s"] |= {name: round(used - before.get(name, 0), 2) for name, used in sorted(after.items())}
    report.show(console, title, figures)
    return figures


def compared(mixes: Mapping[str, Any], bench: Path, console: Console) -> dict[str, float | str]:
    """Uncached throughput over what the bench found without any transport, for the same mix of files."""
    if not bench.exists() or "uncached" not in mixes:
        console.print(f"no {bench.name} to compare with: `make bench` writes it")
        return {}
    known = json.loads(bench.read_text())
    per_s = mixes["uncached"]["requests_per_s"]
    return {
        "uncached_over_in_process_one_at_a_time": round(per_s / known["in_process_mixed_per_s"], 3),
        "uncached_over_in_process_best": round(per_s / known["in_process_mixed_best_per_s"], 3),
        "bench_commit": known["commit"],
        "bench_taken": known["taken"],
    }


def _keep(figures: dict[str, Any], given: Namespace, console: Console) -> int:
    found = figures["verdicts"]
    given.out.write_text(json.dumps(figures | {"verdicts": targets.stored(found)}, indent=1) + "\n")
    show_verdicts(console, found)
    errors = sum(mix["errors"] for mix in figures.get("mixes", {"": figures}).values())
    console.print(f"kept in {given.out}; [{'red' if errors else 'green'}]{errors} unexpected answers[/]")
    return int(not thresholds.met(found))


def _options(words: Sequence[str]) -> Namespace:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    options.add(parser)
    parser.add_argument("--seconds", type=float, help="of the whole; default: the shape's own")
    parser.add_argument("--allow-host", action="append", metavar="NAME", help="a test system that may be loaded too")
    parser.add_argument("--users", type=int, default=options.USERS, help="of steady; default %(default)s")
    parser.add_argument(
        "--spawn-rate", type=float, default=locusts.SPAWN_PER_S, help="users that come in a second; default %(default)s"
    )
    for name, limit in thresholds.LIMITS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=float, help=f"limit: {limit.text}; default {limit.limit:g}"
        )
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="requests before them; default %(default)s")
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--url", help="of a gateway that is up already; default: a stack of its own")
    parser.add_argument("--run", type=Path, default=BUILD / "load" / "run", help="folder of its stack's logs")
    parser.add_argument("--bench", type=Path, default=BUILD / "bench.json", help="what to compare with")
    parser.add_argument("--out", type=Path, help="the figures; default build/load.json, build/load-SHAPE.json")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/load.md from build/*.json")
    _several(parser)
    given = parser.parse_args(words)
    given.out = given.out or BUILD / ("load.json" if given.shape == "steady" else f"load-{given.shape}.json")
    return given


def _several(parser: argparse.ArgumentParser) -> None:
    """Of processes and machines that load together."""
    parser.add_argument("--workers", type=int, default=0, help="processes on this machine that send; default: this one")
    parser.add_argument("--expect-workers", type=int, default=0, help="on other machines, to wait for")
    parser.add_argument("--master-bind-host", default="127.0.0.1", help="where they find this one; default loopback")
    parser.add_argument("--master-port", type=int, default=MASTER_PORT, help="of the master; default %(default)s")
    parser.add_argument("--worker", action="store_true", help="be a worker, of --master-host")
    parser.add_argument("--master-host", default="127.0.0.1", help="where a worker finds its master")
