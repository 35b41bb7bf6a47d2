"""`make trial ARGS="containers"`: images, docker-compose.yml and Kubernetes workloads on a real Docker Engine."""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.coming_up import build_archives
from local.places import DEFAULT_ARCHIVES, ROOT
from tests.trials.bench.facts import facts
from tests.trials.containers import docs, sandbox
from tests.trials.containers.earlier import archives, earlier, hash_of
from tests.trials.containers.errors import ContainersError
from tests.trials.containers.parts import Parts

BUILD = ROOT / "build" / "containers"
FORMS = {
    "short": "only the gateway, its stages and Valkey, one film, down",
    "compose": "only docker-compose.yml",
    "pods": "only the workloads of the Kubernetes manifests",
    "upgrade": "only an earlier version with data, which becomes this one and goes back; not part of the whole",
}

KEPT = "data"
"""In the cache: the engine's, with --keep."""

MIN_FREE_BYTES = 12_000_000_000
"""Of the disk: images and the layers that they are built from."""


def main(words: Sequence[str]) -> int:
    """Run it in a sandbox, and keep the figures; 1 where something is wrong or it cannot run here."""
    given = _options(words)
    if given.write_docs:
        docs.write(docs.PAGE, given.out)
        print(f"{docs.PAGE} says what {given.out} says")
        return 0
    if reason := unable():
        print(f"not run: {reason}", file=sys.stderr)
        return 1
    began = time.monotonic()
    try:
        return _run(given, began)
    except ContainersError as error:
        print(f"broken off: {error}", file=sys.stderr)
        return 1


def unable() -> str:
    """Why it cannot run here; empty where it can."""
    if reason := sandbox.unable():
        return reason
    free = shutil.disk_usage(ROOT).free
    wanted = f"{free / 1e9:.1f} GB are free on the disk, of {MIN_FREE_BYTES / 1e9:.0f} wanted"
    return "" if free > MIN_FREE_BYTES else wanted


def _run(given: argparse.Namespace, began: float) -> int:
    figures = facts() | {"form": _form(given)}
    upgrade: list[str | Path] = []
    if given.form == docs.UPGRADE:
        before = figures["earlier"] = earlier(ROOT, given.upgrade_from)
        upgrade = ["--upgrade", before, archives(before, given.cache), hash_of(ROOT)]
    build_archives(DEFAULT_ARCHIVES)
    parts = Parts(given.cache)
    parts.fetch()
    figures["prepared_s"] = round(time.monotonic() - began, 1)
    code, found = _tried(given, parts, upgrade)
    figures |= found | {"lasted_s": round(time.monotonic() - began, 1)}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(figures, indent=1) + "\n")
    wrong = [step["name"] for step in figures["steps"] if step["wrong"]]
    print(f"{len(figures['steps'])} steps, {len(wrong)} wrong, {figures['lasted_s']:.0f} s; {given.out}")
    return code


def _form(given: argparse.Namespace) -> str:
    form: str = given.form
    return f"{form}, with images of an earlier one" if given.keep and (given.cache / KEPT).exists() else form


def _tried(given: argparse.Namespace, parts: Parts, upgrade: Sequence[str | Path]) -> tuple[int, dict[str, Any]]:
    """The exit code and the figures of what ran within the sandbox; nothing of it is left but what is kept."""
    folder, steps = given.run, given.run / "steps.json"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.trials.containers.inside", parts.folder, folder, steps]
    command += ["--form", given.form, *upgrade]
    command += ["--data", given.cache / KEPT] if given.keep else []
    try:
        code = sandbox.run(parts.init, command)
        return code, json.loads(steps.read_text()) if steps.exists() else {"steps": []}
    finally:
        shutil.rmtree(folder)
        sandbox.sweep(sandbox.controls(folder))


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog='make trial ARGS="containers"', description=__doc__)
    forms = parser.add_mutually_exclusive_group()
    for form, told in FORMS.items():
        forms.add_argument(f"--{form}", dest="form", action="store_const", const=form, default=docs.FORM, help=told)
    parser.add_argument(
        "--cache", type=Path, default=BUILD / "cache", help="what was fetched once; remove it to renew it"
    )
    parser.add_argument(
        "--run", type=Path, default=BUILD / f"run-{os.getpid()}", help="folder of all else; removed at the end"
    )
    parser.add_argument(
        "--upgrade-from",
        default="",
        metavar="COMMIT",
        help="of --upgrade; else the newest release, or one with older tables",
    )
    parser.add_argument("--keep", action="store_true", help="keep what was built, 5 GB, for the next with --keep")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "containers.json", help="where the figures are kept"
    )
    parser.add_argument(
        "--write-docs",
        action="store_true",
        help="only fill docs/deployment.md from the figures of a whole trial or an upgrade",
    )
    return parser.parse_args(words)
