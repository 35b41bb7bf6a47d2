"""Locust, in processes of its own, since it replaces the standard library's sockets."""

import json
import math
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.trials.bench.errors import MeasurementError
from tests.trials.bench.variants import DICOM, Film
from tests.trials.load.kit.sending import options

LOCUSTFILE = Path(__file__).with_name("kit") / "locustfile.py"
LOOPBACK = "127.0.0.1"

FILMS = 8
"""PNG and DICOM in turn, each unknown to any cache."""
FIRST = 50_000
"""Number of the first variant: not one that the bench uses."""

SPAWN_PER_S = 100
"""Users, unless said otherwise: all are there at once. Source: Locust warns above it."""

STOP_S = 30
"""For requests that are on their way when the time is up."""

WORKERS_WITHIN_S = 300
"""For workers on other machines to be started."""

OPTIONS = ("shape", "capacity", "times", "deadline_s", "dicom", "cached", "urgent")
"""That are passed on as they were said."""


def run(url: str, given: Namespace, html: Path | None = None) -> dict[str, Any]:
    """One test's figures; the workers, where there are any, are told what to do by this master.

    Raises:
        MeasurementError: it did not get as far as to have figures.
    """
    with tempfile.TemporaryDirectory(prefix="cxr-load-") as folder, _workers(given, films := Path(folder) / "films"):
        out = Path(folder) / "figures.json"
        command = [*_command(given), "--headless", "--only-summary", "--host", url, "--out", str(out), *_said(given)]
        command += ["--run-time", f"{math.ceil(_seconds(given))}s", "--stop-timeout", str(STOP_S), *_as_master(given)]
        command += _users(given)
        command += ["--html", str(html)] if html else []
        told = subprocess.run(command, env=_environment(films), capture_output=True, text=True, check=False)
        figures: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {"requests": 0}
    if not figures["requests"]:
        raise MeasurementError(f"Locust sent nothing. Its last lines:\n{(told.stdout + told.stderr)[-2000:]}")
    return figures


def work(given: Namespace) -> int:
    """Be a worker of the master on another machine, in one test after another; when none comes any more, 1.

    Locust gives up when it has found no master for five minutes.
    """
    with tempfile.TemporaryDirectory(prefix="cxr-load-") as folder:
        environment = _environment(_written(given.film, Path(folder) / "films"))
        while True:
            ended = subprocess.run(_worker(given, given.master_host), env=environment, check=False)
            if ended.returncode:
                return 1


@contextmanager
def _workers(given: Namespace, films: Path) -> Iterator[None]:
    """So many on this machine; they end with the master, and at the latest here."""
    environment = _environment(_written(given.film, films))
    started = [subprocess.Popen(_worker(given, LOOPBACK), env=environment) for _ in range(given.workers)]
    try:
        yield
    finally:
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.wait()


def _as_master(given: Namespace) -> list[str]:
    expected = given.workers + given.expect_workers
    if not expected:
        return []
    bind = given.master_bind_host if given.expect_workers else LOOPBACK
    waits = ["--expect-workers", str(expected), "--expect-workers-max-wait", str(WORKERS_WITHIN_S)]
    return ["--master", *waits, "--master-bind-host", bind, "--master-bind-port", str(given.master_port)]


def _worker(given: Namespace, master: str) -> list[str]:
    where = ["--master-host", master, "--master-port", str(given.master_port)]
    return [*_command(given), "--worker", *where]


def _command(given: Namespace) -> list[str]:
    allowed = (word for name in given.allow_host or () for word in ("--allow-host", name))
    return [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING", *allowed]


def _users(given: Namespace) -> list[str]:
    """Of steady alone: films of the others arrive, whoever waits."""
    if given.shape != "steady":
        return []
    return ["--users", str(given.users), "--spawn-rate", str(getattr(given, "spawn_rate", None) or SPAWN_PER_S)]


def _seconds(given: Namespace) -> float:
    return options.shape(given).seconds


def _said(given: Namespace) -> list[str]:
    words = {name: getattr(given, name) for name in OPTIONS}
    return [f"--{name.replace('_', '-')}={value}" for name, value in words.items() if value is not None]


def _written(film: Path, folder: Path) -> Path:
    """The folder, with variants of a film."""
    folder.mkdir()
    for number, file in enumerate(Film.read(film).mixed(FILMS, FIRST)):
        (folder / f"{number}.{'dcm' if file.kind == DICOM else 'png'}").write_bytes(file.data)
    return folder


def _environment(films: Path) -> dict[str, str]:
    return os.environ | {"CXR_LOAD_FILMS": str(films)}
