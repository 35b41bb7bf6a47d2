"""Locust, in processes of its own, since it replaces the standard library's sockets."""

import json
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

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
LOOPBACK = "127.0.0.1"
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
    with tempfile.TemporaryDirectory(prefix="cxr-load-") as folder, _workers(given):
        out = Path(folder) / "figures.json"
        command = [*_command(given), "--headless", "--only-summary", "--host", url, "--out", str(out), *_said(given)]
        command += ["--users", str(given.users), "--stop-timeout", str(STOP_S), *_as_master(given)]
        command += ["--html", str(html)] if html else []
        told = subprocess.run(command, env=_environment(given), capture_output=True, text=True, check=False)
        figures: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {"requests": 0}
    if not figures["requests"]:
        raise MeasurementError(f"Locust sent nothing. Its last lines:\n{(told.stdout + told.stderr)[-2000:]}")
    return figures


def work(given: Namespace) -> int:
    """Be a worker of the master on another machine, in one test after another; when none comes any more, 1.

    Locust gives up when it has found no master for five minutes.
    """
    while True:
        ended = subprocess.run(_worker(given, given.master_host), env=_environment(given), check=False)
        if ended.returncode:
            return 1


@contextmanager
def _workers(given: Namespace) -> Iterator[None]:
    """So many on this machine; they end with the master, and at the latest here."""
    started = [subprocess.Popen(_worker(given, LOOPBACK), env=_environment(given)) for _ in range(given.workers)]
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


def _said(given: Namespace) -> list[str]:
    words = {name: getattr(given, name) for name in (*OPTIONS, "seconds")}
    return [f"--{name.replace('_', '-')}={value}" for name, value in words.items() if value is not None]


def _environment(given: Namespace) -> dict[str, str]:
    return os.environ | {"CXR_LOAD_FILM": str(given.film)}
