"""What runs within the sandbox: the engine, and everything that is tried on it. It ends when its input does."""

import argparse
import json
import os
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from tests.orthanc import AET, orthanc
from tests.trials.containers import faults, serving, upgrade, volumes
from tests.trials.containers.checkout import checkout, route
from tests.trials.containers.compose import Compose
from tests.trials.containers.earlier import Version
from tests.trials.containers.engine import ADDRESS, Engine
from tests.trials.containers.errors import ContainersError
from tests.trials.containers.images import mirror, stand_ins
from tests.trials.containers.kubernetes import cluster
from tests.trials.containers.parts import Parts
from tests.trials.containers.report import Report
from tests.trials.containers.sandbox import controls
from tests.trials.containers.site import Site

FORMS = ("whole", "short", "compose", "pods", "upgrade")
"""What is tried: all; little; docker-compose.yml; the workloads of Kubernetes; a version that follows another."""

FILES_TIME = 1_000_000_000
"""In the images, seconds since 1970."""

SHORT = ("gateway",)
"""With what it depends on: Valkey and the three stages."""


def main(words: list[str]) -> int:
    """Try everything, and write what came of it; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, help="of the engine, if it is to be kept")
    parser.add_argument("--form", choices=FORMS, default=FORMS[0])
    parser.add_argument("--upgrade", nargs=3, help="the earlier commit, the folder of its archives, the present commit")
    given = parser.parse_args(words)
    threading.Thread(target=_end_with_input, daemon=True).start()
    report = Report()
    try:
        _try(report, given)
    except ContainersError:
        pass  # the report says it
    finally:
        given.out.write_text(json.dumps(report.figures(), indent=1) + "\n")
    return int(any(step.wrong for step in report.steps))


def _try(report: Report, given: argparse.Namespace) -> None:
    parts, folder, form = Parts(given.cache), given.folder, given.form
    data = given.data or folder / "engine" / "data"
    with ExitStack() as ending:
        with report.step("engine") as step:
            engine = ending.enter_context(Engine(parts.programs, folder / "engine", data, controls(folder)))
            step.tell(_versions(engine))
        with report.step("images that stand in for others'"):
            stand_ins(engine, parts)
        settings = ending.enter_context(mirror(parts.wheels)) | {"SOURCE_DATE_EPOCH": str(FILES_TIME)}
        compose = Compose(engine, folder / "checkout", settings)
        if form == "upgrade":
            return _upgraded(report, compose, folder, *given.upgrade)
        with report.step("a checkout under umask 077"):
            checkout(compose.folder)
        if form == "short":
            _briefly(report, compose)
        if form in ("whole", "compose"):
            _composed(report, compose, folder)
        if form == "pods":
            serving.built(report, compose)
            _down(report, compose)
        if form in ("whole", "pods"):
            cluster.played(report, engine, compose.folder, folder / "pods")


def _briefly(report: Report, compose: Compose) -> None:
    serving.built(report, compose, *SHORT)
    serving.one_film(report, compose)
    _down(report, compose)


def _composed(report: Report, compose: Compose, folder: Path) -> None:
    for each in ("pacs", "backup"):
        (folder / each).mkdir()
    with orthanc(folder / "pacs") as pacs:
        route(compose.folder, ADDRESS, pacs.port, AET)
        serving.built(report, compose)
        serving.built_again(report, compose, folder / "again")
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


def _upgraded(report: Report, compose: Compose, folder: Path, before: str, archives: str, now: str) -> None:
    for each in ("pacs", "backup"):
        (folder / each).mkdir()
    with orthanc(folder / "pacs") as pacs:
        upgrade.upgraded(report, Site(compose, pacs, Version(before, Path(archives)), Version(now)), folder / "backup")
        _down(report, compose)


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
