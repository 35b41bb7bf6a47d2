"""The stack on this machine: one object that brings it up, waits for it, looks at it and takes it down.

stack = Stack(tmp_path, Ports.free(), archives, {"CXR_DEADLINE_S": "3"})
stack.up()
stack.wait_ready(60)
httpx.post(f"{stack.url}/v1/assessments", ...)
stack.stop("classifier")
stack.down()
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import Self

import psutil

from local import leftovers, ports, readiness
from local.errors import AlreadyUpError, DiedError, NoArchiveError, NotReadyError
from local.java import java_home
from local.logs import last_lines
from local.places import DEFAULT_ARCHIVES, Places
from local.ports import LOOPBACK, STAGES, Ports
from local.programs import PROCESSES, programs, render
from local.supervision import ProcessInfo, Supervision, own_environment

Report = Callable[[str, str], None]
"""Called with a process's name and what there is to say about it."""


class Stack:
    """Valkey, three TorchServes, gateway, listener and reading room, each looked after by supervisor."""

    def __init__(
        self,
        run_dir: Path,
        ports: Ports,
        archives: Path = DEFAULT_ARCHIVES,
        env: Mapping[str, str] | None = None,
        processes: Iterable[str] = PROCESSES,
    ) -> None:
        """Describe a stack, without starting anything.

        Args:
            run_dir: its logs and state; two stacks at once need two of them.
            ports: where it listens.
            archives: the folder with the three archives.
            env: added to the environment of every process, such as CXR_DEADLINE_S.
            processes: leave some out to run a part of it.
        """
        self.places = Places(run_dir.resolve())
        self.ports = ports
        self.archives = archives.resolve()
        self.env = dict(env or {})
        self.names = tuple(name for name in PROCESSES if name in set(processes))
        self._supervision = Supervision(self.places)

    @classmethod
    def found(cls, run_dir: Path, otherwise: Ports, archives: Path = DEFAULT_ARCHIVES) -> Self:
        """The stack of a run folder, with the ports that it was brought up with, else with the given ones."""
        state = Places(run_dir.resolve()).state
        stored = Ports.read(json.loads(state.read_text())) if state.exists() else otherwise
        return cls(run_dir, stored, archives)

    @property
    def url(self) -> str:
        """Of the gateway."""
        return f"http://{LOOPBACK}:{self.ports.gateway}"

    @property
    def door(self) -> str:
        """Of the listener's HTTP door."""
        return f"http://{LOOPBACK}:{self.ports.door}"

    @property
    def review(self) -> str:
        """Of the reading room."""
        return f"http://{LOOPBACK}:{self.ports.review}"

    @property
    def redis(self) -> str:
        """Of Valkey."""
        return f"redis://{LOOPBACK}:{self.ports.valkey}/0"

    def address(self, name: str) -> str:
        """Of a process that speaks HTTP."""
        return {"gateway": self.url, "scp": self.door, "review": self.review}[name]

    def target(self, stage: str) -> str:
        """host:port of a stage's gRPC inference API."""
        return f"{LOOPBACK}:{self.ports.stages[stage].grpc}"

    def is_up(self) -> bool:
        """Whether its supervisor answers."""
        return self._supervision.alive()

    def check_down(self) -> None:
        """Raises AlreadyUpError where it is up."""
        if self.is_up():
            raise AlreadyUpError(f"The stack is already up, at {self.url}. `make down` stops it.")

    def up(self) -> None:
        """Start every process at once, after looking for what would stop them.

        Raises:
            AlreadyUpError, PortTakenError, NoRoomError, NoJavaError, NoArchiveError: as their names say.
        """
        self.check_down()
        leftovers.sweep(str(self.places.run))
        self._check_archives()
        ports.check_free(self.ports.named(self.names))
        home = java_home(own_environment(self.env))
        self.places.make(self.names)
        running = programs(self.places, self.ports, self.archives, home)
        self.places.configuration.write_text(render(self.places, {name: running[name] for name in self.names}))
        self.places.state.write_text(json.dumps(asdict(self.ports), indent=1))
        for name in self.names:
            self.places.log(name).unlink(missing_ok=True)
        self._supervision.launch(own_environment(self.env))

    def wait_ready(self, timeout_s: float = 60, report: Report = lambda name, text: None) -> None:
        """Return when every process answers for itself, and the gateway for all of them.

        Raises:
            DiedError: one ends whenever it is started.
            NotReadyError: timeout_s passed.
        """
        started = time.monotonic()
        waiting = list(self.names)
        with ThreadPoolExecutor(len(self.names)) as pool:
            while waiting:
                asked = {pool.submit(self._readiness, name): name for name in waiting}
                for answer in as_completed(asked):
                    if told := answer.result():
                        waiting.remove(asked[answer])
                        report(asked[answer], f"{told}, after {time.monotonic() - started:.1f} s")
                self._check_alive()
                if waiting and time.monotonic() - started > timeout_s:
                    late = self.places.log(waiting[0])
                    raise NotReadyError(
                        f"Not ready after {timeout_s:.0f} s: {', '.join(waiting)}. "
                        f"The last lines of {late}:\n{last_lines(late, 15)}"
                    )
                time.sleep(0.1)

    def down(self) -> None:
        """Stop everything, whatever state it is in; nothing of it is left, only the logs."""
        self._supervision.shutdown(timeout_s=20)
        leftovers.sweep(str(self.places.run))
        self.places.clear()

    def stop(self, name: str) -> None:
        """Stop one process and keep it stopped."""
        self._supervision.stop(name)

    def start(self, name: str) -> None:
        """Start one process that was stopped; it may need a while to be ready."""
        self._supervision.start(name)

    def pid(self, name: str) -> int:
        """Of one process, as supervisor started it; 0 where it is not running."""
        return self._supervision.process(name).pid

    def worker(self, stage: str) -> int | None:
        """The process id of the Python worker that runs a stage's network; None while there is none."""
        for process in leftovers.belonging(str(self.places.run), stage):
            if any("model_service_worker" in word for word in _command(process)):
                return process.pid
        return None

    def left(self) -> list[psutil.Process]:
        """Every live process of it, supervisor and workers included, whether supervisor knows it or not."""
        return leftovers.belonging(str(self.places.run))

    def processes(self) -> list[ProcessInfo]:
        """What supervisor knows of each, in the order in which they are needed."""
        return sorted(self._supervision.processes(), key=lambda info: PROCESSES.index(info.name))

    def _readiness(self, name: str) -> str | None:
        """What there is to say of a process that can answer; None while it cannot."""
        if name in STAGES:
            description = readiness.describe(name, self.target(name), timeout_s=2)
            return f"ready, version {description.version}" if description else None
        if name == "valkey":
            return "ready" if readiness.valkey_ready(self.redis) else None
        return "ready" if readiness.http_ready(self.address(name), timeout_s=2) else None

    def _check_alive(self) -> None:
        for info in self._supervision.processes():
            if info.state in ("FATAL", "EXITED"):
                log = self.places.log(info.name)
                raise DiedError(f"The {info.name} does not stay up. The last lines of {log}:\n{last_lines(log, 15)}")

    def _check_archives(self) -> None:
        missing = [stage for stage in STAGES if stage in self.names and not (self.archives / f"{stage}.mar").exists()]
        if missing:
            raise NoArchiveError(f"No archive of {', '.join(missing)} in {self.archives}. `make models` builds them.")


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
