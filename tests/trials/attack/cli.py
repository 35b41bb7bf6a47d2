"""`make trial ARGS="attack"`: hostile files and slow connections beside an honest client; 1 if a target is missed."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from doors.server import raise_file_limit
from local.coming_up import build_archives
from local.places import DEFAULT_ARCHIVES, ROOT
from local.ports import Ports
from local.stack import Stack
from tests.trials.attack import docs
from tests.trials.attack.attack import FULL, SHORT, Form, attack
from tests.trials.attack.callers import Callers
from tests.trials.bench.facts import facts
from tests.trials.drill.films import learn
from tests.trials.drill.site import READY_S, SAMPLES, clear
from vocabulary.stages import STAGES

BUILD = ROOT / "build"
PROCESSES = ("valkey", *STAGES, "gateway", "scp")


def main(words: Sequence[str]) -> int:
    """Start a stack, attack it, print and keep what came of it."""
    options = _options(words)
    if options.write_docs:
        docs.write(docs.PAGE, options.out)
        print(f"{docs.PAGE} says what {options.out} says")
        return 0
    figures = facts() | _attacked(options, _form(options))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=1) + "\n")
    for name, value in docs.rows(figures):
        print(f"{name:<58}{value}")
    for each in (*figures["wrong"], *figures["hostile"]["wrong"]):
        print(f"  not as it should be: {each}")
    for each, met in figures["targets"].items():
        print(f"{'met' if met else 'MISSED':<8}{each}")
    return int(not all(figures["targets"].values()))


def _attacked(options: argparse.Namespace, form: Form) -> dict[str, Any]:
    if options.archives == DEFAULT_ARCHIVES:
        build_archives(options.archives)
    raise_file_limit()
    clear(options.run)
    callers = Callers(options.run)
    stack = Stack(options.run / "stack", Ports.free(), options.archives, callers.environment, PROCESSES)
    try:
        stack.up()
        stack.wait_ready(READY_S)
        return attack(stack, callers, learn(stack.url, SAMPLES), form, options.seed)
    finally:
        stack.down()


def _form(options: argparse.Namespace) -> Form:
    form = SHORT if options.short else FULL
    inputs, connections = options.inputs or form.inputs, options.connections or form.connections
    own = (inputs, connections) != (form.inputs, form.connections)
    return replace(form, name="own" if own else form.name, inputs=inputs, connections=connections)


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="attack"', description=__doc__)
    parser.add_argument("--short", action="store_true", help="300 files and 200 connections, for a try")
    parser.add_argument("--inputs", type=int, help="hostile files (10,000)")
    parser.add_argument("--connections", type=int, help="slow connections (1,000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same files (1)")
    parser.add_argument("--archives", type=Path, default=DEFAULT_ARCHIVES, help="folder of the three archives")
    parser.add_argument("--run", type=Path, default=BUILD / "attack", help="folder of its stack's logs")
    parser.add_argument("--out", type=Path, default=BUILD / "attack.json", help="where the figures are kept")
    parser.add_argument(
        "--write-docs", action="store_true", help="only fill docs/attack.md from the last attack's figures"
    )
    return parser.parse_args(words)
