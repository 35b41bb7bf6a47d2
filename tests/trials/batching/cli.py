"""`make trial ARGS="batching"`: TorchServe's batch size and delay, by measurement, for each stage."""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from local.coming_up import build_archives
from local.errors import StackError
from local.places import ROOT
from tests.trials.batching import alone
from tests.trials.batching.served import Setup, measure
from tests.trials.bench import report
from tests.trials.bench.cascade import HANDLERS, unpack
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.facts import facts

BUILD = ROOT / "build"
SIZES, DELAYS_MS, CALLERS = (1, 2, 4, 8), (1, 5, 20), (1, 4, 16)


def main(words: Sequence[str]) -> int:
    """Measure, print and keep; 1 where it could not be measured."""
    options, console = _options(words), Console(highlight=False, soft_wrap=True)
    try:
        with tempfile.TemporaryDirectory(prefix="cxr-batching-") as temporary:
            figures = _figures(options, console, Path(temporary))
    except (MeasurementError, StackError) as error:
        console.print(f"[red]not measured:[/] {escape(str(error))}")
        return 1
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    console.print(f"kept in {options.out}")
    return 0


def setups(sizes: tuple[int, ...]) -> list[Setup]:
    """All to be measured. A batch of one waits for nobody, so its delay makes no difference."""
    return [Setup(size, delay) for size in sizes for delay in (DELAYS_MS if size > 1 else DELAYS_MS[:1])]


def _figures(options: argparse.Namespace, console: Console, temporary: Path) -> dict[str, Any]:
    build_archives(options.archives)
    figures = facts()
    report.warn_if_busy(figures, console)
    unpacked = unpack(options.archives, temporary / "unpacked")
    console.print("the networks alone")
    figures |= {"seconds": options.seconds, "cpu_ms_a_film": alone.on_cpu(unpacked)}
    figures["gpu_ms_a_film"] = alone.on_gpu(unpacked)
    if figures["gpu_ms_a_film"] is None:
        console.print("no GPU here: nothing is said about one")
    figures["served"] = {
        handler.name: _served(options, console, handler.name)
        for handler in HANDLERS
        if handler.name in (options.stages or [handler.name])
    }
    return figures


def _served(options: argparse.Namespace, console: Console, stage: str) -> list[dict[str, Any]]:
    rows = []
    side = alone.side(options.archives / f"{stage}.mar")
    for setup in setups(tuple(options.sizes)):
        found = measure(
            stage, side, options.archives, BUILD / "batching", setup, CALLERS, options.seconds
        )  # fmt: skip
        rates = ", ".join(
            f"{each.callers} callers {each.per_s:.1f}/s, p95 {each.p95_ms:.0f} ms, CPU {each.cpu_ms:.1f} ms"
            for each in found
        )
        console.print(f"{stage}, batches of {setup.size}, {setup.delay_ms} ms: {rates}")
        rows.append(asdict(setup) | {"callers": [asdict(each) for each in found]})
    return rows


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="batching"', description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each number of callers; default %(default)s")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="default: all of %(default)s")
    parser.add_argument("--stages", nargs="+", help="default: all")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--out", type=Path, default=BUILD / "batching.json", help="where the figures are kept")
    return parser.parse_args(words)
