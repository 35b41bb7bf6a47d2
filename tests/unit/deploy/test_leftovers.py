import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local import leftovers

Start = Callable[..., subprocess.Popen[str]]

SLEEP = "import time; print('on', flush=True); time.sleep(60)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(code: str, stack: Path, process: str = "any") -> subprocess.Popen[str]:
        marks = {leftovers.STACK: str(stack), leftovers.PROCESS: process}
        started.append(subprocess.Popen([sys.executable, "-c", code], env=marks, stdout=subprocess.PIPE, text=True))
        stdout = started[-1].stdout
        assert stdout is not None
        assert stdout.readline() == "on\n"
        return started[-1]

    yield run
    for process in started:
        for child in psutil.Process(process.pid).children() if process.poll() is None else []:
            child.kill()
        process.kill()
        process.communicate()


def test_orphan_of_a_killed_process_is_found_and_ended(start: Start, tmp_path: Path) -> None:
    parent = start(PARENT, tmp_path)
    (orphan,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.wait()

    assert leftovers.sweep(str(tmp_path)) == 1
    assert not orphan.is_running()


def test_process_that_does_not_listen_is_killed(start: Start, tmp_path: Path) -> None:
    deaf = start(DEAF, tmp_path)

    leftovers.sweep(str(tmp_path), grace_s=0.1)

    assert not psutil.pid_exists(deaf.pid)


def test_other_stacks_and_other_processes_are_left_alone(start: Start, tmp_path: Path) -> None:
    other_stack = start(SLEEP, tmp_path / "other", "classifier")
    other_process = start(SLEEP, tmp_path, "segmenter")
    meant = start(SLEEP, tmp_path, "classifier")

    leftovers.sweep(str(tmp_path), "classifier")

    assert not psutil.pid_exists(meant.pid)
    assert other_stack.poll() is None
    assert other_process.poll() is None


def test_nobody_ends_himself(tmp_path: Path) -> None:
    code = "import sys; sys.path.insert(0, 'deploy'); from local import leftovers; print(leftovers.sweep(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    marks = {leftovers.STACK: str(tmp_path), "PATH": ""}

    told = subprocess.run(command, env=marks, capture_output=True, text=True, check=True)

    assert told.stdout == "0\n"
