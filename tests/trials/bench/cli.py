"""`make bench`: one run that measures the gateway against the same stages in this process, and the rest."""

import argparse
import contextlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from local.errors import StackError
from local.places import ROOT
from tests.trials.bench import docs, networks, report, targets, throughput
from tests.trials.bench.cascade import Cascade, unpack
from tests.trials.bench.client import WARM_UP, Gateway
from tests.trials.bench.empty import round_trips
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.facts import facts
from tests.trials.bench.figures import Spread
from tests.trials.bench.pairs import measure
from tests.trials.bench.spent import a_film_ms
from tests.trials.bench.stacks import Measured, measured
from tests.trials.bench.variants import Film

BUILD = ROOT / "build"
WARM_PAIRS = 10
"""Before those that count, when both sides have been warmed up by themselves."""

COLD = 10
"""Requests after a start that are reported as such."""

FEW_FILMS = 4
"""Assessed over and over where only throughput counts."""


def main(words: Sequence[str]) -> int:
    """Measure, print and keep; 1 where it could not be measured, whatever the targets."""
    options, console = _options(words), Console(highlight=False, soft_wrap=True)
    try:
        if options.write_docs:
            console.print(f"{docs.PAGE.relative_to(ROOT)}: {', '.join(docs.write(docs.PAGE, BUILD))}")
            return 0
        with tempfile.TemporaryDirectory(prefix="cxr-bench-") as temporary:
            figures = _figures(options, console, Path(temporary))
    except (MeasurementError, StackError) as error:
        console.print(f"[red]not measured:[/] {escape(str(error))}")
        return 1
    _keep(options.out, console, figures)
    return 0


def _figures(options: argparse.Namespace, console: Console, temporary: Path) -> dict[str, Any]:
    film = Film.read(options.film)
    figures = facts() | {"pairs": options.pairs, "film": f"{film}, PNG"}
    report.warn_if_busy(figures, console)
    console.print("starting the stack" if not options.url else f"measuring {options.url}")
    with measured(options.url, options.run, options.archives) as stack:
        unpacked = unpack(options.archives, temporary)
        rest = stack.memory_mb()  # before this process has loaded, and so shares, anything that the workers have
        with contextlib.closing(Cascade.load(unpacked)) as cascade:
            figures |= _pairs(options, console, stack, cascade, film) | {"threads_a_stage": cascade.threads()}
        figures |= {"ready_s": stack.ready_s and round(stack.ready_s, 1)} | report.of_memory(rest, stack.memory_mb())
    console.print("the empty handler")
    empty = round_trips(options.run.with_name("empty"), options.pairs)
    figures |= {"empty_handler_p50_ms": round(empty.p50, 2), "empty_handler_ms": empty.rounded()}
    console.print("the networks alone")
    figures |= networks.alone(unpacked, options.archives)
    console.print("in-process throughput")
    png = throughput.sweep(unpacked, list(film.files(FEW_FILMS)), options.seconds)
    mixed = throughput.sweep(unpacked, film.mixed(FEW_FILMS), options.seconds)
    return figures | report.of_throughput(png, mixed)


def _pairs(
    options: argparse.Namespace, console: Console, stack: Measured, cascade: Cascade, film: Film
) -> dict[str, Any]:
    """The figures of films one at a time, both sides warm."""
    gateway = Gateway(stack.url)
    if gateway.digests() != cascade.digests():
        raise MeasurementError(f"{stack.url} serves other archives than those of {options.archives}: see --archives")
    console.print(f"{options.warm_up} films to warm up")
    cold = gateway.warm(film.file(options.first), options.warm_up)[:COLD]
    count = WARM_PAIRS + options.pairs
    files = list(film.files(count, first=options.first + 1))
    columns = (TextColumn("pairs"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, refresh_per_second=1) as progress:
        task = progress.add_task("pairs", total=count)
        samples = measure(gateway, cascade, files, WARM_PAIRS, lambda: progress.advance(task))
    console.print("processor time a film")
    more = list(film.files(max(1, options.pairs // 2), first=options.first + 1 + count))
    spent = {"cpu_ms_a_film": a_film_ms(stack, gateway, cascade, more)}
    return report.of_pairs(samples) | spent | {"gateway_cold_p50_ms": round(Spread.of(cold).p50, 2)}


def _keep(out: Path, console: Console, figures: dict[str, Any]) -> None:
    verdicts = targets.judge(targets.BENCH, figures)
    figures["targets"] = targets.stored(verdicts)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    report.show(console, figures)
    report.show_verdicts(console, verdicts)
    console.print(f"kept in {out}")


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("-n", "--pairs", type=int, default=100, help="timed pairs; default %(default)s")
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="requests before them; default %(default)s")
    parser.add_argument("--seconds", type=float, default=5, help="of each throughput; default %(default)s")
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--url", help="of a gateway on this machine that is up already; default: a stack of its own")
    parser.add_argument("--first", type=int, default=0, help="number of the first variant, for a --url measured before")
    parser.add_argument("--run", type=Path, default=BUILD / "bench" / "run", help="folder of its stack's logs")
    parser.add_argument("--out", type=Path, default=BUILD / "bench.json", help="where the figures are kept")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/performance.md from build/*.json")
    return parser.parse_args(words)
