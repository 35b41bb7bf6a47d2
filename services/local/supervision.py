"""Speaking to supervisor over its socket."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.states import ProcessStates
from supervisor.xmlrpc import Faults, SupervisorTransport

from local import leftovers
from local.errors import NotUpError, StackError
from local.places import Places


@dataclass(frozen=True)
class ProcessInfo:
    """What supervisor knows of a process: state is its word, such as RUNNING, BACKOFF or FATAL; pid 0 is none."""

    name: str
    state: str
    pid: int
    uptime_s: int


class Supervision:
    """Supervisor, of one stack."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def launch(self, environment: Mapping[str, str]) -> None:
        """Start it, and with it every process; it goes to the background."""
        marks = {leftovers.STACK: str(self._places.run), leftovers.PROCESS: "supervisor"}
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._places.configuration)]
        started = subprocess.run(command, env={**environment, **marks}, capture_output=True, text=True, check=False)
        if started.returncode:
            raise StackError(f"supervisor does not start: {(started.stderr or started.stdout).strip()}")

    def alive(self) -> bool:
        """Whether it answers."""
        try:
            self._ask("getState")
        except NotUpError:
            return False
        return True

    def processes(self) -> list[ProcessInfo]:
        """All processes, in the order of their names."""
        return [_info(told) for told in self._ask("getAllProcessInfo")]

    def process(self, name: str) -> ProcessInfo:
        """One of them."""
        return _info(self._ask("getProcessInfo", name))

    def start(self, name: str) -> None:
        """Start one that was stopped; returns when it has stayed up for startsecs."""
        self._ask("startProcess", name, unless=Faults.ALREADY_STARTED)

    def stop(self, name: str) -> None:
        """Stop one, and keep it stopped; returns when it has ended."""
        self._ask("stopProcess", name, unless=Faults.NOT_RUNNING)

    def add(self, names: list[str]) -> None:
        """Start processes that are new in the configuration, and nothing else."""
        self._ask("reloadConfig")
        for name in names:
            self._ask("addProcessGroup", name)

    def remove(self, name: str) -> None:
        """Stop one and forget it, where there is such a one."""
        self._ask("stopProcessGroup", name, unless=Faults.BAD_NAME)
        self._ask("removeProcessGroup", name, unless=Faults.BAD_NAME)

    def shutdown(self, timeout_s: float) -> None:
        """Stop everything, and supervisor itself. Does nothing where it does not answer."""
        try:
            self._ask("stopAllProcesses", False)  # all at once; shutdown alone stops one after the other
            self._ask("shutdown")
        except NotUpError:
            return
        deadline = time.monotonic() + timeout_s
        while self._places.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.1)

    def _ask(self, method: str, *arguments: str | bool, unless: int = 0) -> Any:
        if not self._places.socket.exists():
            raise NotUpError("The stack is not up: `make up` starts it.")
        transport = SupervisorTransport(None, None, f"unix://{self._places.socket}")
        try:
            with ServerProxy("http://localhost", transport=transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except Fault as fault:
            if fault.faultCode == unless:
                return None
            raise StackError(f"supervisor: {method} {' '.join(map(str, arguments))}: {fault.faultString}") from fault
        except OSError as error:
            raise NotUpError("The stack is not up: `make up` starts it.") from error


def _info(told: dict[str, Any]) -> ProcessInfo:
    running = told["state"] == ProcessStates.RUNNING
    return ProcessInfo(told["name"], told["statename"], told["pid"], told["now"] - told["start"] if running else 0)


DEMO = {"REVIEW_DEMO": "true"}
"""The reading room lets anybody on this machine in, and says so, unless the environment says REVIEW_DEMO=false."""


UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
"""Python's: where it is set, each start compiles all of our modules anew."""


def own_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what would reconfigure TorchServe or slow each start down, and with extra."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TS_") and name != UNCOMPILED}
    return DEMO | kept | dict(extra)
