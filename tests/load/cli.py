"""`python tests/load`: each mix against a stack of its own; 1 where a single answer was not as expected."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local.errors import StackError
from tests.bench import targets
from tests.bench.client import WARM_UP, Gateway
from tests.bench.errors import MeasurementError
from tests.bench.facts import ROOT, facts
from tests.bench.report import show_verdicts, warn_if_busy
from tests.bench.stacks import Measured, measured
from tests.bench.variants import Film

BUILD = ROOT / "build"
MIXES = ("uncached", "cached")
WARMING = 49_999
"""Number of the variant that warms the stack up: not one that is counted."""

STOP_S = 30
"""For requests that are on their way when the time is up."""


def main() -> int:
    """Put it under load, print and keep."""
    options, console = _options(), Console(highlight=False, soft_wrap=True)
    figures = facts() | {"users": options.users, "seconds": options.seconds}
    warn_if_busy(figures, console)
    try:
        with measured(options.url, options.run, options.archives) as stack:
            console.print(f"{options.users} users for {options.seconds} s a mix, against {stack.url}")
            Gateway(stack.url).warm(Film.read(options.film).file(WARMING), options.warm_up)
            mixes = options.mix or MIXES
            figures["mixes"] = {mix: _run(stack, mix, options, console) for mix in mixes}
    except (MeasurementError, StackError) as error:
        console.print(f"[red]not measured:[/] {escape(str(error))}")
        return 1
    figures |= compared(figures["mixes"], options.bench, console)
    verdicts = targets.judge(targets.LOAD, figures)
    figures["targets"] = targets.stored(verdicts)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    show_verdicts(console, verdicts)
    errors = sum(mix["errors"] for mix in figures["mixes"].values())
    console.print(f"kept in {options.out}; [{'red' if errors else 'green'}]{errors} unexpected answers[/]")
    return int(errors > 0)


def _run(stack: Measured, mix: str, options: argparse.Namespace, console: Console) -> dict[str, Any]:
    """One mix's figures, printed."""
    before = stack.cpu_s() or {}
    figures = _locust(stack.url, mix, options)
    after = stack.cpu_s() or {}
    figures["cpu_s"] |= {name: round(used - before.get(name, 0), 2) for name, used in sorted(after.items())}
    table = Table(mix, "requests/s", "p50, ms", "p95, ms", "p99, ms", "requests", "errors")
    for name, part in (("all", figures), *figures["kinds"].items()):
        table.add_row(name, *(f"{part[each]:g}" for each in ("requests_per_s", "p50_ms", "p95_ms", "p99_ms")),
                      str(part["requests"]), str(part["errors"]))  # fmt: skip
    console.print(table)
    used = ", ".join(f"{name} {seconds:.0f}" for name, seconds in figures["cpu_s"].items())
    console.print(f"processor seconds: {used}")
    for message, count in figures["messages"].items():
        console.print(f"[red]{count} x {escape(message)}[/]")
    return figures


def _locust(url: str, mix: str, options: argparse.Namespace) -> dict[str, Any]:
    """Locust has to have a process of its own, since it replaces the standard library's sockets.

    Raises:
        MeasurementError: it did not get as far as to have figures.
    """
    with tempfile.TemporaryDirectory(prefix="cxr-load-") as folder:
        out = Path(folder) / "figures.json"
        command = [
            *(sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py"))),
            *("--headless", "--only-summary", "--host", url, "--mix", mix, "--out", str(out)),
            *("--users", str(options.users), "--spawn-rate", str(options.users)),
            *("--run-time", f"{options.seconds}s", "--stop-timeout", str(STOP_S)),
        ]
        environment = os.environ | {"CXR_LOAD_FILM": str(options.film)}
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        figures: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {"requests": 0}
    if not figures["requests"]:
        raise MeasurementError(f"Locust sent nothing. Its last lines:\n{(told.stdout + told.stderr)[-2000:]}")
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


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python tests/load", description=__doc__)
    parser.add_argument("--users", type=int, default=16, help="at once; default %(default)s")
    parser.add_argument("--seconds", type=int, default=60, help="a mix; default %(default)s")
    parser.add_argument("--mix", choices=MIXES, action="append", help="default: one after the other")
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="requests before them; default %(default)s")
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--url", help="of a gateway on this machine that is up already; default: a stack of its own")
    parser.add_argument("--run", type=Path, default=BUILD / "load" / "run", help="folder of its stack's logs")
    parser.add_argument("--bench", type=Path, default=BUILD / "bench.json", help="what to compare with")
    parser.add_argument("--out", type=Path, default=BUILD / "load.json", help="where the figures are kept")
    return parser.parse_args()
