"""`make trial ARGS="compare"`: the same networks behind this stack and other serving libraries, side by side."""

import argparse
import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from imaging.file import File
from local.coming_up import build_archives
from local.errors import StackError
from local.places import ROOT
from tests.trials.bench import report
from tests.trials.bench.cascade import Cascade, unpack
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.facts import facts
from tests.trials.bench.variants import Film
from tests.trials.compare import environments
from tests.trials.compare.compare import USERS, Comparison, Round, summary
from tests.trials.compare.contender import Contender, Setting
from tests.trials.compare.contenders import contenders
from tests.trials.compare.distinct import Films
from tests.trials.compare.libraries import LIBRARIES

BUILD = ROOT / "build"


def main(words: Sequence[str]) -> int:
    """Measure, print and keep; 1 where a contender could not be measured."""
    options, console = _options(words), Console(highlight=False, soft_wrap=True)
    if options.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])
    try:
        with tempfile.TemporaryDirectory(prefix="cxr-compare-") as temporary:
            figures = _figures(options, console, Path(temporary))
    except (MeasurementError, StackError) as error:
        console.print(f"[red]not measured:[/] {escape(str(error))}")
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    show(console, figures)
    console.print(f"kept in {options.out}")
    return 1 if figures["failed"] else 0


def _figures(options: argparse.Namespace, console: Console, temporary: Path) -> dict[str, Any]:
    build_archives(options.archives)
    logs = BUILD / "alternatives" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    compared = [each for each in contenders(options.plan) if not options.only or _key(each) in options.only]
    for name in LIBRARIES:
        if any(_key(each) == name for each in compared):
            console.print(f"{name}: its environment")
            environments.prepare(name, BUILD / "alternatives")
    figures = facts()
    report.warn_if_busy(figures, console)
    film = Film.read(options.film)
    films = Films(film.pixels)
    setting = Setting(
        unpack(options.archives, temporary), options.archives, BUILD / "alternatives", logs,
        len(os.sched_getaffinity(0)), films.film(0),
    )  # fmt: skip
    with contextlib.closing(Cascade.load(setting.unpacked)) as cascade:
        comparison = Comparison(
            films,
            lambda sent: cascade.assess(File(sent, "image/png"))[0].conclusion.model_dump(mode="json"),
            setting,
            options.warm_up,
            options.seconds,
        )
        threads = cascade.threads()
    rounds, failed = _rounds(options.rounds, compared, comparison, console)
    return figures | {
        "film": f"{film}, PNG, {len(setting.film) // 1000} KB",
        "seconds": options.seconds,
        "rounds": options.rounds,
        "threads_a_stage": threads,
        "contenders": {each.name: summary(each, rounds[each.name]) for each in compared if rounds[each.name]},
        "failed": failed,
    }


def _key(contender: Contender) -> str:
    return contender.name.lower().split(" ")[0].rstrip(",")


def _rounds(
    count: int, compared: list[Contender], comparison: Comparison, console: Console
) -> tuple[dict[str, list[Round]], dict[str, str]]:
    """All contenders in turn, again and again: what slows the machine for minutes slows all. Who fails once is out."""
    rounds: dict[str, list[Round]] = {each.name: [] for each in compared}
    failed: dict[str, str] = {}
    for number in range(count):
        for contender in compared:
            if contender.name in failed:
                continue
            try:
                found = comparison.round(contender)
            except (MeasurementError, StackError, OSError) as error:
                failed[contender.name] = str(error)
                rounds[contender.name] = []
                console.print(f"[red]{contender.name}: {escape(str(error))}[/]")
                continue
            rounds[contender.name].append(found)
            rates = ", ".join(f"{taken.users} users {taken.per_s:.1f}/s" for taken in found.taken)
            console.print(f"round {number + 1}, {contender.name}: ready in {found.ready_s:.1f} s; {rates}")
    return rounds, failed


def show(console: Console, figures: dict[str, Any]) -> None:
    """The table."""
    heads = [f"{users} users: p50 / p95, ms" for users in USERS]
    table = Table("", "films/s", *heads, "MB", "ready, s", "glue")
    for name, each in figures["contenders"].items():
        times = (each["users"][str(users)] for users in USERS)
        cells = [f"{taken['p50_ms']['median']:.0f} / {taken['p95_ms']['median']:.0f}" for taken in times]
        glue = "" if each["lines_of_glue"] is None else str(each["lines_of_glue"])
        rate, memory, ready = (f"{each[key]['median']:.4g}" for key in ("best_per_s", "memory_mb", "ready_s"))
        table.add_row(name, rate, *cells, memory, ready, glue)
    console.print(table)


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="compare"', description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="each starts everyone anew; default %(default)s")
    parser.add_argument("--seconds", type=float, default=15, help="of each number of users; default %(default)s")
    parser.add_argument("--warm-up", type=float, default=30, help="seconds before; default %(default)s")
    parser.add_argument("--cores", type=int, help="the first so many; default: all")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="such as this, in, litserve, ray, bentoml, mosec")
    parser.add_argument("--plan", action="append", default=[], help='this stack once more, such as "segmenter=2"')
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--out", type=Path, default=BUILD / "compare.json", help="where the figures are kept")
    return parser.parse_args(words)
