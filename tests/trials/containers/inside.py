"""What runs within the sandbox: the engine, and everything that is tried on it. It ends when its input does."""

import argparse
import json
import os
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from tests.orthanc import AET, orthanc
from tests.trials.containers import faults, serving, volumes
from tests.trials.containers.checkout import checkout, route
from tests.trials.containers.compose import Compose
from tests.trials.containers.engine import ADDRESS, Engine
from tests.trials.containers.errors import ContainersError
from tests.trials.containers.images import mirror, stand_ins
from tests.trials.containers.kubernetes import cluster
from tests.trials.containers.parts import Parts
from tests.trials.containers.report import Report
from tests.trials.containers.sandbox import controls

SHORT = ("gateway",)
"""With what it depends on: Valkey and the three stages."""


def main(words: list[str]) -> int:
    """Try everything, and write what came of it; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, help="of the engine, if it is to be kept")
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args(words)
    threading.Thread(target=_end_with_input, daemon=True).start()
    report = Report()
    try:
        _try(report, Parts(given.cache), given.folder, given.data, short=given.short)
    except ContainersError:
        pass  # the report says it
    finally:
        given.out.write_text(json.dumps(report.figures(), indent=1) + "\n")
    return int(any(step.wrong for step in report.steps))


def _try(report: Report, parts: Parts, folder: Path, data: Path | None, *, short: bool) -> None:
    data = data or folder / "engine" / "data"
    with ExitStack() as ending:
        with report.step("engine") as step:
            engine = ending.enter_context(Engine(parts.programs, folder / "engine", data, controls(folder)))
            step.tell(_versions(engine))
        with report.step("images that stand in for others'"):
            stand_ins(engine, parts)
        with report.step("a checkout under umask 077"):
            place = checkout(folder / "checkout")
        compose = Compose(engine, place, ending.enter_context(mirror(parts.wheels)))
        if short:
            _briefly(report, compose)
        else:
            _whole(report, compose, folder)


def _briefly(report: Report, compose: Compose) -> None:
    serving.built(report, compose, *SHORT)
    serving.one_film(report, compose)
    _down(report, compose)


def _whole(report: Report, compose: Compose, folder: Path) -> None:
    for each in ("pacs", "backup"):
        (folder / each).mkdir()
    with orthanc(folder / "pacs") as pacs:
        route(compose.folder, ADDRESS, pacs.port, AET)
        serving.built(report, compose)
        serving.started(report, compose)
        serving.one_film(report, compose)
        serving.films_by_dicom(report, compose, pacs)
        serving.reading_room(report, compose)
        serving.hardened(report, compose)
        serving.scaled(report, compose)
        faults.killed(report, compose)
        faults.restarted(report, compose)
        faults.nothing_lost(report, compose, pacs)
        volumes.saved_and_restored(report, compose, pacs, folder / "backup")
        _down(report, compose)
    cluster.played(report, compose.engine, compose.folder, folder / "pods")


def _down(report: Report, compose: Compose) -> None:
    with report.step("compose down") as step:
        compose("down", "--volumes")
        left = compose.left()
        step.expect(not left, f"left: {', '.join(left)}")


def _versions(engine: Engine) -> str:
    asked = {"Engine": ("version", "--format", "{{.Server.Version}}"), "Compose": ("compose", "version", "--short")}
    return ", ".join(f"{name} {engine.docker(*words).strip()}" for name, words in asked.items())


def _end_with_input() -> None:
    """Whoever made the sandbox holds the other end: without them nothing may go on."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
