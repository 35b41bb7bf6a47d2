"""The images of gateway and stages, and docker-compose.yml, on a real Docker Engine in a sandbox of its own.

After all other tests, since it wants both processors. `make trial ARGS="containers"` tries all of it, and the workloads
of the Kubernetes manifests.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.places import ROOT
from tests import peers
from tests.trials.containers.cli import unable
from tests.trials.containers.sandbox import CONTROLS, controls

WANTED = "CXR_CONTAINERS"
"""A variable that is 0 where nobody wants it: images from packages of a network take minutes and gigabytes."""

CHECKED_OUT, BUILT = "a checkout under umask 077", "compose up --build --wait"
"""Steps; before the first, nothing of this product is asked for, but an engine and what it needs."""

pytestmark = [
    pytest.mark.skipif(os.environ.get(WANTED) == "0", reason=f"{WANTED} is 0"),
    pytest.mark.skipif(bool(why := unable()), reason=why or "there can be one"),
    pytest.mark.timeout(1800),  # far above what it takes: packages come over a network
]

STARTED_WITHIN_S, ENDED_WITHIN_S = 900, 120


@dataclass(frozen=True)
class Trial:
    """A short trial, and what this machine was like before."""

    folder: Path
    before: dict[str, Any]

    def command(self) -> list[str]:
        """That starts it."""
        words = ["--short", "--run", str(self.folder / "run"), "--out", str(self.folder / "containers.json")]
        return [sys.executable, "-m", "tests.trials", "containers", *words]

    def start(self) -> "subprocess.Popen[bytes]":
        """On its own."""
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "services", ROOT / "deploy")))
        return subprocess.Popen(self.command(), cwd=ROOT, env=os.environ | {"PYTHONPATH": paths})

    def steps(self) -> dict[str, Any]:
        """By name, as far as it came."""
        out = self.folder / "containers.json"
        return {step["name"]: step for step in json.loads(out.read_text())["steps"]} if out.exists() else {}

    def left(self) -> list[str]:
        """Processes, control groups and files of it that there still are."""
        processes = (" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"]))
        run = self.folder / "run"
        paths = (*CONTROLS.glob(f"*/{controls(run)}"), *self.folder.glob(run.name))
        return [*(told for told in processes if str(run) in told), *map(str, paths)]


def network() -> dict[str, Any]:
    """This machine's interfaces and firewall rules."""
    rules = subprocess.run([peers.path("iptables"), "-w", "-S"], capture_output=True, text=True, check=True).stdout
    return {"interfaces": sorted(psutil.net_if_addrs()), "rules": rules}


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """Not yet started."""
    return Trial(tmp_path, network())


def test_a_film_is_answered_by_containers_that_are_built_from_nothing_and_nothing_is_left(trial: Trial):
    code = trial.start().wait()

    steps = trial.steps()
    assert trial.left() == []
    assert network() == trial.before
    if code and CHECKED_OUT not in steps:
        pytest.skip(f"what an engine needs cannot be had here: {steps or 'see what was printed'}")
    assert code == 0, steps
    assert {BUILT, "a film by HTTP", "compose down"} <= steps.keys()
    assert not any(step["wrong"] for step in steps.values())


def test_a_trial_that_is_told_to_end_takes_engine_and_containers_with_it(trial: Trial):
    running = trial.start()
    end = time.monotonic() + STARTED_WITHIN_S
    while not (trial.folder / "run" / "engine" / "valkey").exists():
        if running.poll() is not None and CHECKED_OUT not in trial.steps():
            pytest.skip(f"what an engine needs cannot be had here: {trial.steps() or 'see what was printed'}")
        assert running.poll() is None and time.monotonic() < end, "it never came to have images"
        time.sleep(0.1)

    running.send_signal(signal.SIGTERM)

    assert running.wait(ENDED_WITHIN_S) == 128 + signal.SIGTERM
    assert trial.left() == []
    assert network() == trial.before
