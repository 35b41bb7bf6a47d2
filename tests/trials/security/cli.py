"""`make trial ARGS="security"`: what it costs that callers are known, answers are sealed, and an audit is kept.

The stack's own gateway looks at a token, seals what it keeps in Valkey, and writes an audit. Beside it, a second one
over the same stages and the same Valkey does none of these. The same film goes to both, in turns, so that noise hits
both alike: once to be computed, and once more to be answered from the cache.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from imaging.file import File
from local.coming_up import build_archives
from local.places import ROOT
from local.ports import Ports
from local.stack import Stack
from tests.stacks import ready
from tests.trials import marked
from tests.trials.bench import docs, facts, stacks
from tests.trials.bench.client import Gateway
from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.figures import Spread, median_ratio
from tests.trials.bench.variants import Film
from tests.trials.security.bare import running

BUILD, PAGE = ROOT / "build", ROOT / "docs" / "performance.md"
KEPT = BUILD / "security.json"

WARM_PAIRS = 10
"""Before those that count, when the stack has been warmed up."""

TARGET = 1.03
"""Highest ratio of what is computed, of the medians."""


@dataclass
class Side:
    """Milliseconds at one gateway, one entry a film."""

    computed: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)


def main(words: Sequence[str]) -> int:
    """Measure and keep, or write the page; 0, whatever the target."""
    options = _options(words)
    marked.told(KEPT, PAGE, "security", table, None if options.write_docs else partial(_figures, options))
    return 0


def _figures(options: argparse.Namespace) -> dict[str, Any]:
    build_archives(options.archives)
    figures = facts.facts() | {"pairs": options.pairs}
    film = Film.read(options.film)
    stack = Stack(options.run, Ports.free(), options.archives)
    with ready(stack, stacks.READY_TIMEOUT_S), running(stack) as url:
        secured, bare = Gateway(stack.url), Gateway(url)
        for _ in range(options.warm_up // 2):  # by turns, since a silent connection is ended
            for each in (secured, bare):
                each.warm(film.file(0), 1)
        sides = compare(secured, bare, film.files(WARM_PAIRS + options.pairs, first=1), WARM_PAIRS)
    return figures | told(*sides) | {"film": f"{film}, PNG"}


def compare(secured: Gateway, bare: Gateway, files: Iterable[File], warm_up: int) -> tuple[Side, Side]:
    """Time each file at both, which one goes first by turns.

    Args:
        secured: one gateway.
        bare: the other, whose cache is another.
        files: each with pixels of its own.
        warm_up: how many of them are not counted.

    Raises:
        MeasurementError: a film was in a cache before it was sent, or was not there afterwards.
    """
    sides = Side(), Side()
    for number, file in enumerate(files):
        if number == warm_up:
            sides = Side(), Side()
        both = [(secured, sides[0]), (bare, sides[1])]
        for gateway, side in both if number % 2 else both[::-1]:
            side.computed.append(_timed(gateway, file, cached=False))
        for gateway, side in both if number % 2 else both[::-1]:
            side.cached.append(_timed(gateway, file, cached=True))
    return sides


def _timed(gateway: Gateway, file: File, cached: bool) -> float:
    elapsed_ms, answer = gateway.assess(file)
    if answer["cached"] is not cached:
        raise MeasurementError(f"a film that {'was sent before' if cached else 'is new'}: cached is {answer['cached']}")
    return elapsed_ms


def told(secured: Side, bare: Side) -> dict[str, Any]:
    """The figures: of each kind of answer, both sides' spreads in milliseconds, and the ratio with its interval."""
    found: dict[str, Any] = {}
    for kind in ("computed", "cached"):
        ours, theirs = getattr(secured, kind), getattr(bare, kind)
        ratio, low, high = median_ratio(ours, theirs)
        found[kind] = {
            "secured_ms": Spread.of(ours).rounded(),
            "bare_ms": Spread.of(theirs).rounded(),
            "ratio": round(ratio, 3),
            "interval": [round(low, 3), round(high, 3)],
        }
    return found


def table(report: dict[str, Any]) -> str:
    """In Markdown."""
    heads = [
        "one at a time, ms",
        "secured p25",
        "p50",
        "p75",
        "bare p25",
        "p50",
        "p75",
        "ratio of p50",
        "95 % interval",
    ]
    rows = []
    for kind in ("computed", "cached"):
        each = report[kind]
        spreads = (f"{each[side][part]:.1f}" for side in ("secured_ms", "bare_ms") for part in ("p25", "p50", "p75"))
        rows.append([kind, *spreads, f"{each['ratio']:.3f}", "{:.3f} to {:.3f}".format(*each["interval"])])
    verdict = _verdict(*report["computed"]["interval"])
    about = f"{report['pairs']} pairs, {report['film']}. Target: at most {TARGET} for what is computed: {verdict}."
    return f"{docs.taken(report)} {about}\n\n{docs.table(heads, rows)}"


def _verdict(low: float, high: float) -> str:
    if high <= TARGET:
        return "met"
    return "**missed**" if low > TARGET else "not decided, the interval has it in it"


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="security', description=__doc__)
    parser.add_argument("-n", "--pairs", type=int, default=200, help="timed films; default %(default)s")
    parser.add_argument("--warm-up", type=int, default=300, help="requests before them; default %(default)s")
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--run", type=Path, default=BUILD / "security" / "run", help="folder of its stack's logs")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/performance.md from the last run")
    return parser.parse_args(words)
