"""`make observe`: Prometheus, with our rules, looking at the stack of this machine."""

import os
import shutil
import subprocess
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import httpx
import psutil
import yaml
from rich.console import Console

from local import leftovers
from local.errors import NoPrometheusError, NotReadyError, NotUpError
from local.logs import last_lines
from local.places import ROOT
from local.plan import Replica
from local.ports import LOOPBACK, any_free, is_free
from local.stack import Stack
from local.telling import say

NAME = "prometheus"
FOLDER = ROOT / "deploy" / "observability"
PORT = 9090
"""Prometheus' own, where it is free; Debian's service takes it."""

KEPT = "15d"
READY_WITHIN_S = 60
STOP_S = 20
"""For what is in memory to be written."""


def add_options(parser: ArgumentParser) -> None:
    """What can be said of it."""
    parser.add_argument("stop", nargs="?", choices=["stop"], help="end it")


def observe(stack: Stack, given: Namespace, console: Console) -> None:
    """Start or end it, and say where it is.

    Raises:
        NoPrometheusError, NotUpError, NotReadyError: see start.
    """
    observer = Observer(stack)
    if given.stop:
        console.print("Prometheus is down; its data stay." if observer.stop() else "Prometheus was not up.")
        return
    observer.start()
    console.print(f"Prometheus: {observer.url}   alerts: {observer.url}/alerts   targets: {observer.url}/targets")
    say("`make observe ARGS=stop` ends it, and so does `make down`. After `make scale`: once more.")


class Observer:
    """Prometheus, of one stack: it is started here and, being marked as the stack's, ended with it by `make down`."""

    def __init__(self, stack: Stack) -> None:
        """Of a stack, whatever state it is in."""
        self._stack = stack
        self._folder = stack.places.working(NAME)
        self._port = self._folder / "port"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self._port.read_text()}"

    def running(self) -> list[psutil.Process]:
        """Its process, if there is one."""
        return leftovers.belonging(str(self._stack.places.run), NAME)

    def start(self) -> None:
        """Start it where it is not up; where it is, have it look at the replicas that there are now.

        Raises:
            NoPrometheusError: it is not installed.
            NotUpError: there is no stack to look at.
            NotReadyError: it does not answer.
        """
        program = shutil.which(NAME)
        if program is None:
            raise NoPrometheusError(
                "Prometheus is not installed. Debian: `apt-get install prometheus`, then again. Without it, `make top` "
                "shows what is done now; a Prometheus elsewhere takes deploy/observability/local.yml."
            )
        if not self._stack.is_up():
            raise NotUpError("The stack is not up: `make up` starts it.")
        self._folder.mkdir(parents=True, exist_ok=True)
        configuration = self._folder / "prometheus.yml"
        configuration.write_text(yaml.safe_dump(configured(self._stack), sort_keys=False))
        if not self.running():
            self._launch(program, configuration)
        elif self._answers():
            httpx.post(f"{self.url}/-/reload", timeout=READY_WITHIN_S).raise_for_status()
        self._wait()

    def stop(self) -> bool:
        """End it; whether it ran."""
        return bool(leftovers.sweep(str(self._stack.places.run), NAME, STOP_S))

    def _launch(self, program: str, configuration: Path) -> None:
        port = PORT if is_free(PORT) else any_free(1)[0]
        self._port.write_text(str(port))
        command = [
            *(program, f"--config.file={configuration}", f"--storage.tsdb.path={self._folder / 'data'}"),
            *(f"--web.listen-address={LOOPBACK}:{port}", f"--storage.tsdb.retention.time={KEPT}"),
            "--web.enable-lifecycle",  # on loopback: who reaches it may end it anyway
        ]
        marks = {leftovers.STACK: str(self._stack.places.run), leftovers.PROCESS: NAME}
        with self._stack.places.log(NAME).open("wb") as log:
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | marks,
                start_new_session=True,
            )

    def _wait(self) -> None:
        end = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            if not self.running() or time.monotonic() > end:
                log = self._stack.places.log(NAME)
                raise NotReadyError(f"Prometheus does not answer. The last lines of {log}:\n{last_lines(log, 10)}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=5).is_success
        except httpx.HTTPError:
            return False


def configured(stack: Stack) -> dict[str, Any]:
    """local.yml, with this stack's ports, and all its replicas."""
    told: dict[str, Any] = yaml.safe_load((FOLDER / "local.yml").read_text())
    told["rule_files"] = [str(FOLDER / name) for name in told["rule_files"]]
    ports = stack.ports
    targets = {
        "gateway": [_target(ports.gateway)],
        "scp": [_target(ports.door)],
        "review": [_target(ports.review)],
        "torchserve": [
            _target(listens.metrics, stage=replica.stage)
            for name, listens in ports.stages.items()
            if name in stack.names and (replica := Replica.named(name))
        ],
    }
    runs = {"torchserve", *stack.parts}
    jobs = [job for job in told["scrape_configs"] if job["job_name"] in runs]
    return told | {"scrape_configs": [job | {"static_configs": targets[job["job_name"]]} for job in jobs]}


def _target(port: int, **labels: str) -> dict[str, Any]:
    return {"targets": [f"{LOOPBACK}:{port}"]} | ({"labels": labels} if labels else {})
