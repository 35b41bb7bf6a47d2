"""`make trial ARGS="capacity"`: what a film takes, what that predicts, whether it is so; or the plan for a target."""

import argparse
import json
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.coming_up import build_archives
from local.errors import StackError
from local.places import DEFAULT_ARCHIVES, ROOT
from local.plan import STABLE, Plan
from tests.trials.bench import targets
from tests.trials.bench.client import WARM_UP
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.facts import facts
from tests.trials.bench.report import show_verdicts, warn_if_busy
from tests.trials.capacity import check, docs, files, finder, measure, model, trials
from tests.trials.capacity.check import Sent
from tests.trials.capacity.contention import contention
from tests.trials.capacity.demands import Demands
from tests.trials.capacity.finder import NoPlanError, Target

BUILD = ROOT / "build"
SECONDS = 30.0


def main(words: Sequence[str]) -> int:
    """Do what is asked for; 1 where it cannot be done, or a prediction was too far off."""
    given = _options(words)
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    try:
        if given.write_docs:
            console.print(f"docs/load.md: {', '.join(docs.write(BUILD))}")
            return 0
        if given.films_per_s:
            return _find(given, console)
        return _predict(given, console) if given.plan is not None else _check(given, console)
    except (MeasurementError, StackError, NoPlanError) as error:
        console.print(f"[red]no answer:[/] {escape(str(error))}")
        return 1


def _check(given: Namespace, console: Console) -> int:
    """Measure what a film takes, predict, and look."""
    figures = facts() | {"seconds": given.seconds}
    warn_if_busy(figures, console)
    if given.archives == DEFAULT_ARCHIVES:
        build_archives(given.archives)
    with tempfile.TemporaryDirectory(prefix="cxr-capacity-") as folder:
        shared = contention(given.archives, given.film, Path(folder))
    console.print(f"the same work takes {shared:.0%} longer when every processor works")
    cores = len(os.sched_getaffinity(0))
    sent = Sent(given.film, given.archives, given.run, given.seconds, given.warm_up)
    figures |= check.run(trials.of_this_machine(cores), sent, cores, shared, console)
    verdicts = check.verdicts(figures)
    figures["targets"] = targets.stored(verdicts)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1) + "\n")
    _show_demands(_demands(given.out), console)
    show_verdicts(console, verdicts)
    console.print(f"kept in {given.out}")
    return int(not all(verdict.met for verdict in verdicts.values()))


def _predict(given: Namespace, console: Console) -> int:
    """What a plan can do on so many processors, by itself: bottleneck, utilisation, and the p95 at several rates."""
    plan, demands = Plan.parse(given.plan), _demands(given.out)
    threads = {size.threads or 1 for size in plan.releases[STABLE].values()}
    if len(threads) > 1 or not threads <= demands.keys():
        raise MeasurementError(f"threads were measured for {sorted(demands)}, the same for all stages")
    taken = demands[threads.pop()]
    layout = replace(trials.layout(plan, given.cores), client=False)
    bound = model.bound(taken, layout)
    console.print(f"{plan.told()} on {given.cores} cores: {bound.per_s:.1f} films/s at most, {bound.bottleneck}")
    outcomes = {share: model.open_(taken, layout, share * bound.per_s) for share in check.CURVE}
    table = Table("busy at films/s", *(f"{share * bound.per_s:.1f}" for share in outcomes))
    table.add_row("p95, ms", *(f"{1000 * each.quantile_s(finder.SHARE):.0f}" for each in outcomes.values()))
    for name in next(iter(outcomes.values())).utilisation:
        table.add_row(name, *(f"{each.utilisation[name]:.0%}" for each in outcomes.values()))
    console.print(table)
    return 0


def _find(given: Namespace, console: Console) -> int:
    """The smallest plan for a target, and the files of it."""
    target = Target(given.films_per_s, given.p95_ms / 1000, given.cores, given.spare)
    found = finder.find(_demands(given.out), target)
    written = files.write(given.folder, found, target)
    console.print(escape(files.report(found, target)), soft_wrap=False)
    console.print(f"kept in {', '.join(map(str, written))}")
    return 0


def _demands(out: Path) -> dict[int, Demands]:
    if not out.exists():
        raise MeasurementError(f'{out} is missing: `make trial ARGS="capacity"` measures what a film takes')
    return {int(threads): Demands.read(each) for threads, each in json.loads(out.read_text())["demands"].items()}


def _show_demands(demands: dict[int, Demands], console: Console) -> None:
    table = Table("processor time of a film, ms", *(f"{threads} thread(s)" for threads in demands))
    for row in measure.as_table(demands):
        table.add_row(*row)
    console.print(table)


def _options(words: Sequence[str]) -> Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="capacity"', description=__doc__)
    parser.add_argument("--films-per-s", type=float, help="find the smallest plan for so many")
    parser.add_argument("--p95-ms", type=float, default=1000, help="of their answers; default %(default)s")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)), help="that the plan may use")
    parser.add_argument("--spare", type=int, default=0, help="replicas of each more than are needed; default 0")
    parser.add_argument("--plan", help='predict this one, as in "classifier=2 segmenter.workers=2"; "" is one of each')
    parser.add_argument("--folder", type=Path, default=BUILD / "capacity", help="of the files of a plan")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement; default %(default)s")
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="films of a stack before; default %(default)s")
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=DEFAULT_ARCHIVES, help="folder of the three archives")
    parser.add_argument("--run", type=Path, default=BUILD / "capacity" / "run", help="folder of its stacks' logs")
    parser.add_argument("--out", type=Path, default=BUILD / "capacity.json", help="where the figures are kept")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/load.md from build/capacity.json")
    return parser.parse_args(words)
