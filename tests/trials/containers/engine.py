"""A Docker Engine, within a sandbox, with a folder, a socket and address ranges of its own."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.trials.containers.errors import ContainersError

ADDRESS = "172.30.240.1"
"""Of the sandbox, as containers see it."""

RANGES = ("--bip", f"{ADDRESS}/24", "--default-address-pool", "base=172.30.0.0/17,size=24")
OURS = ("CXR_", "REVIEW_", "OTEL_", "TS_", "COMPOSE_", "DOCKER_")
"""Variables that docker-compose.yml or Docker would take: those of this machine's own stack mean nothing there."""

RUN = Path("/run")
"""The sandbox's own: a socket's path has to be short."""

UP_WITHIN_S, DOWN_WITHIN_S = 60, 60
COMMAND_S = 1500
TOLD_LINES = 25


class Engine:
    """Up while it is entered."""

    def __init__(self, programs: Path, folder: Path, data: Path, controls: str) -> None:
        """Not yet up.

        Args:
            programs: its packages, unpacked.
            folder: for its log and settings.
            data: for images, containers and volumes.
            controls: the control group that all containers come into.
        """
        self._data, self._controls = data, controls
        self._programs = programs
        self.folder = folder
        paths = [programs / "usr" / "sbin", programs / "usr" / "bin", os.environ["PATH"], "/usr/sbin"]
        own = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.environment = own | {
            "PATH": os.pathsep.join(map(str, paths)),
            "DOCKER_CONFIG": str(folder / "config"),
            "DOCKER_HOST": f"unix://{RUN / 'docker.sock'}",
        }

    def __enter__(self) -> Self:
        plugins = self.folder / "config" / "cli-plugins"
        plugins.mkdir(parents=True)
        for program in (self._programs / "usr" / "libexec" / "docker" / "cli-plugins").iterdir():
            (plugins / program.name).symlink_to(program)
        words = ["--data-root", self._data, "--exec-root", RUN / "docker", "--pidfile", RUN / "docker.pid"]
        words += ["--host", self.environment["DOCKER_HOST"], "--cgroup-parent", f"/{self._controls}", *RANGES]
        with (self.folder / "engine.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["dockerd", *words], env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        end = time.monotonic() + UP_WITHIN_S
        while not self.tried("info")[0]:
            if self._process.poll() is not None or time.monotonic() > end:
                raise ContainersError(f"the engine is not up: {(self.folder / 'engine.log').read_text()[-2000:]}")
            time.sleep(0.2)
        self._emptied()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(DOWN_WITHIN_S)

    def _emptied(self) -> None:
        """Remove what a trial that was killed left in its data, but for images and what they were built from."""
        kinds = {
            ("ps", "--all", "--quiet"): ("rm", "--force", "--volumes"),
            ("volume", "ls", "--quiet"): ("volume", "rm"),
        }
        for listing, removing in kinds.items():
            if found := self.docker(*listing).split():
                self.docker(*removing, *found)
        self.docker("network", "prune", "--force")

    def docker(self, *words: str | Path, cwd: Path | None = None, **more: str) -> str:
        """What a docker command printed.

        Args:
            words: of the command.
            cwd: where it runs.
            more: of its environment.

        Raises:
            ContainersError: it failed, with what it said last.
        """
        went, told = self.tried(*words, cwd=cwd, more=more)
        if not went:
            last = "\n".join(told.splitlines()[-TOLD_LINES:])
            raise ContainersError(f"docker {' '.join(map(str, words))} failed:\n{last}")
        return told

    def tried(
        self,
        *words: str | Path,
        cwd: Path | None = None,
        more: Mapping[str, str] | None = None,
        timeout_s: float = COMMAND_S,
    ) -> tuple[bool, str]:
        """Whether a docker command succeeded, and what it printed; of one that failed, on both streams."""
        try:
            told = subprocess.run(
                ["docker", *words],
                cwd=cwd,
                env=self.environment | (more or {}),
                capture_output=True,
                text=True,
                check=False,
                timeout=timeout_s,
            )
        except subprocess.TimeoutExpired:
            return False, f"no answer within {timeout_s:g} s"
        return told.returncode == 0, told.stdout if told.returncode == 0 else told.stdout + told.stderr

    def inspected(self, name: str) -> dict[str, Any]:
        """What the engine knows of a container, image, volume or network."""
        found: dict[str, Any] = json.loads(self.docker("inspect", name))[0]
        return found

    def killed(self, container: str) -> None:
        """Its first process, from without, as when it crashes: the engine's own `kill` counts as told to stop."""
        os.kill(self.inspected(container)["State"]["Pid"], signal.SIGKILL)
