import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.places import ROOT
from vocabulary.problems.known import SERVED


def run(run_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "services" / "local", "--run-dir", run_dir, *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def empty_archives(folder: Path) -> str:
    for stage in SERVED:
        (folder / f"{stage}.mar").touch()
    return str(folder)


def test_status_of_nothing_says_how_to_start(tmp_path: Path) -> None:
    told = run(tmp_path, "status")

    assert told.returncode == 1
    assert told.stderr.strip() == "The stack is not up: `make up` starts it."


def test_down_of_nothing_is_no_error(tmp_path: Path) -> None:
    told = run(tmp_path, "down")

    assert told.returncode == 0
    assert "nothing of it is left" in told.stdout


def test_logs_of_nothing_say_so(tmp_path: Path) -> None:
    told = run(tmp_path, "logs")

    assert told.returncode == 1
    assert "There are no logs" in told.stderr


def test_gateways_port_in_use_is_told_without_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        told = run(tmp_path, "--archives", empty_archives(tmp_path), "demo", CXR_PORT=str(port), CXR_FIRST_PORT="23060")

    assert told.returncode == 1
    assert f"Port {port}, where the gateway should listen, is taken by process {os.getpid()}" in told.stderr
    assert "Traceback" not in told.stderr


def test_missing_archives_are_told_by_stage(tmp_path: Path) -> None:
    told = run(tmp_path, "--archives", str(tmp_path), "up")

    assert told.returncode == 1
    assert "No archive of discriminator, segmenter, classifier" in told.stderr
    assert "`make models` builds them" in told.stderr


@pytest.mark.parametrize("verb", ["up", "scale"])
def test_plan_that_does_not_fit_is_told_without_a_traceback(tmp_path: Path, verb: str) -> None:
    told = run(tmp_path, verb, "classifier=0")

    assert told.returncode == 1
    assert told.stderr.strip() == "classifier=0: replicas must be a number from 1 to 16."


def test_nothing_is_scaled_where_nothing_is_up(tmp_path: Path) -> None:
    told = run(tmp_path, "scale", "classifier=2")

    assert told.returncode == 1
    assert told.stderr.strip() == "The stack is not up: `make up` starts it."


def test_scaling_to_nothing_in_particular_says_how_it_is_said(tmp_path: Path) -> None:
    told = run(tmp_path, "scale")

    assert told.returncode == 1
    assert 'make scale STAGES="classifier=2"' in told.stderr


def test_logs_of_no_process_name_the_processes(tmp_path: Path) -> None:
    told = run(tmp_path, "logs", "clasifier")

    assert told.returncode == 2
    assert "clasifier: it is one of valkey, discriminator, segmenter, classifier" in told.stderr


def test_missing_archives_of_a_release_are_told_with_how_to_build_them(tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    archives = empty_archives(tmp_path / "archives")

    told = run(tmp_path, "--archives", archives, "up", "next/classifier=1")

    assert told.returncode == 1
    assert f"No archive of classifier in {tmp_path / 'releases' / 'next'}" in told.stderr
    assert "`make models RELEASE=next STORE=FOLDER` builds them" in told.stderr
