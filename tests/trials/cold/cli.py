"""`make trial ARGS="cold"`: a stack's start and its first films, with what Java keeps of a rehearsal and without."""

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from local.coming_up import build_archives
from local.java_cache import SWITCH
from local.places import ROOT
from tests.trials import marked
from tests.trials.bench import docs, facts, stacks
from tests.trials.bench.client import Gateway
from tests.trials.bench.variants import Film
from vocabulary.stages import STAGES

BUILD, PAGE = ROOT / "build", ROOT / "docs" / "performance.md"
KEPT = BUILD / "cold.json"
KINDS = {"with": "on", "without": "off"}
"""What is compared, and what SWITCH says then."""
FILMS = (20, 100, 300)
"""After so many films since the stack was ready, the last ones are told of; the first are the cold ones."""


def main(words: Sequence[str]) -> int:
    """Measure and keep, or write the page; 0."""
    options = _options(words)
    marked.told(KEPT, PAGE, "cold", _table, None if options.write_docs else partial(_figures, options))
    return 0


def _figures(options: argparse.Namespace) -> dict[str, Any]:
    build_archives(options.archives)
    starts: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for number in range(options.rounds):
        for kind, said in KINDS.items():
            starts[kind].append(_start(options, said))
            print(f"round {number + 1}, {kind}: {starts[kind][-1]}", flush=True)
    return facts.facts() | {"rounds": options.rounds, "starts": starts}


def _start(options: argparse.Namespace, switch: str) -> dict[str, Any]:
    """One stack from its start to its last film."""
    with stacks.measured(None, options.run, options.archives, env={SWITCH: switch}, settle_s=0) as stack:
        used = stack.cpu_s() or {}
        gateway = Gateway(stack.url)
        taken = [gateway.assess(film, fresh=True)[0] for film in Film.read(options.film).files(FILMS[-1])]
        memory = stack.memory_mb() or {}
    return {
        "ready_s": round(stack.ready_s or 0, 1),
        "stages_cpu_s": round(sum(used[name] for name in STAGES), 1),
        "stages_mb": round(sum(memory[name] for name in STAGES)),
        "films_ms": {str(last): round(median(part), 1) for last, part in _parts(taken)},
    }


def _parts(taken: Sequence[float]) -> Iterator[tuple[int, Sequence[float]]]:
    for first, last in zip((0, *FILMS), FILMS, strict=False):
        yield last, taken[first:last]


def _table(report: dict[str, Any]) -> str:
    """Medians of the rounds, and how many times a warm film's time the first ones took."""
    spans = [f"{first + 1} to {last}" for first, last in zip((0, *FILMS), FILMS, strict=False)]
    heads = ["Java's cache", "start to ready, s", "processor time of the stages till then, s", "their memory after, MB"]
    heads += [f"films {span}, p50, ms" for span in spans] + ["first / last films"]
    rows = []
    for kind, starts in report["starts"].items():
        start = {key: median(each[key] for each in starts) for key in ("ready_s", "stages_cpu_s", "stages_mb")}
        films = [median(each["films_ms"][str(last)] for each in starts) for last in FILMS]
        ratio = median(each["films_ms"][str(FILMS[0])] / each["films_ms"][str(FILMS[-1])] for each in starts)
        rows.append([kind, *(f"{value:g}" for value in (*start.values(), *films)), f"{ratio:.2f}"])
    told = f"{docs.taken(report)} Medians of {report['rounds']} starts each, in turns; one film at a time."
    return f"{told}\n\n{docs.table(heads, rows)}"


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="cold', description=__doc__)
    parser.add_argument("--rounds", type=int, default=2, help="starts of each kind; default %(default)s")
    parser.add_argument("--film", type=Path, default=ROOT / "tests/data/normal.png", help="a frontal chest film")
    parser.add_argument("--archives", type=Path, default=BUILD / "model_store", help="folder of the three archives")
    parser.add_argument("--run", type=Path, default=BUILD / "cold" / "run", help="folder of its stack's logs")
    parser.add_argument("--write-docs", action="store_true", help="only fill docs/performance.md from build/cold.json")
    return parser.parse_args(words)
