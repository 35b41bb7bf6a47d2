"""A trial that is told to end takes down what it started, whatever state it is in."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import leftovers
from local.places import ROOT

STARTED_WITHIN_S, ENDED_WITHIN_S = 600, 120
"""A drill starts two stacks; on two busy cores that has taken more than two minutes."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def drill(archives: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A drill on its own, at which a worker is to be paused."""
    command = [sys.executable, "-m", "tests.trials", "drill", "--only", "worker paused"]
    command += ["--run", str(tmp_path), "--out", str(tmp_path / "drill.json"), "--archives", str(archives)]
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "services", ROOT / "deploy")))
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths})
    yield process
    process.kill()
    for stack in ("stages", "front"):
        leftovers.sweep(str(tmp_path / "cascade" / stack))


def started(folder: Path) -> list[psutil.Process]:
    """Every live process of the drill's two stacks."""
    return [each for stack in ("stages", "front") for each in leftovers.belonging(str(folder / "cascade" / stack))]


def a_worker_is_paused(folder: Path) -> bool:
    """Whether the fault is on now."""
    for process in started(folder):
        try:
            if process.status() == psutil.STATUS_STOPPED:
                return True
        except psutil.NoSuchProcess:
            continue
    return False


def test_a_drill_that_is_told_to_end_while_a_worker_is_paused_leaves_no_process(drill, tmp_path):
    end = time.monotonic() + STARTED_WITHIN_S
    while not a_worker_is_paused(tmp_path):
        assert drill.poll() is None and time.monotonic() < end, "it never came to pause a worker"
        time.sleep(0.1)

    drill.send_signal(signal.SIGTERM)

    assert drill.wait(ENDED_WITHIN_S) == 128 + signal.SIGTERM
    assert started(tmp_path) == []
