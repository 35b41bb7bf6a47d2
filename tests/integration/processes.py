"""A TorchServe as its container runs it, and a gateway, each started alone: for tests that need no whole stack."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from local.java import java_home
from local.places import ROOT, TRUSTED
from local.ports import LOOPBACK

SERVER = ROOT / "deploy" / "torchserve"
READY_WITHIN_S = 280
"""Fifteen times what it takes on an idle machine, and less than a test may take."""
ENDED_WITHIN_S = 15


class Process:
    """One program with everything that it starts, in a session of its own."""

    def __init__(self, command: Sequence[str | Path], env: Mapping[str, str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self._popen = subprocess.Popen(
                command, env={**os.environ, **env}, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )

    def terminate(self) -> None:
        """SIGTERM to the program itself, as Kubernetes does."""
        self._popen.terminate()

    def wait(self) -> int:
        """Until it has ended; its exit status."""
        return self._popen.wait(ENDED_WITHIN_S)

    def end(self) -> None:
        """Told to, else killed, with whatever it has started."""
        self.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def until(self, ready: Callable[[], bool]) -> None:
        """Return when it can answer."""
        end = time.monotonic() + READY_WITHIN_S
        while not ready():
            assert self._popen.poll() is None and time.monotonic() < end, self.log.read_text()[-3000:]
            time.sleep(0.2)


@contextlib.contextmanager
def ending() -> Iterator[list[Process]]:
    """A list of processes that are ended together."""
    processes: list[Process] = []
    try:
        yield processes
    finally:
        for each in processes:
            each.terminate()
        for each in processes:
            each.end()


def torchserve(
    folder: Path, archives: Path, models: Sequence[str], env: Mapping[str, str], within: Sequence[str] = ()
) -> Process:
    """One server of some stages, with the arguments of the image's entry point.

    Args:
        folder: its own, for log and temporary files.
        archives: where the .mar files are.
        models: the stages.
        env: TS_* variables, its ports among them.
        within: what runs it, such as ip netns exec NAME.
    """
    folder.mkdir(parents=True, exist_ok=True)
    given = {
        "JAVA_HOME": str(java_home(os.environ)),
        "TS_LOAD_MODELS": ",".join(f"{model}.mar" for model in models),
        **dict.fromkeys(("TEMP", "TMPDIR", "LOG_LOCATION", "METRICS_LOCATION"), str(folder)),
        "CXR_TRUSTED_KEYS": str(TRUSTED),
        "PYTHONUNBUFFERED": "1",
    }
    command = [
        *(*within, sys.executable, SERVER / "serve.py", "--start", "--foreground", "--ncs", "--model-store", archives),
        *("--ts-config", SERVER / "config.properties", "--log-config", SERVER / "log4j2.xml"),
    ]
    return Process(command, {**given, **env}, folder)


def gateway(folder: Path, port: int, env: Mapping[str, str], within: Sequence[str] = ()) -> Process:
    """A gateway; env says where its stages are."""
    given = {"CXR_HOST": LOOPBACK, "CXR_PORT": str(port), "PYTHONPATH": str(ROOT / "services"), "PYTHONUNBUFFERED": "1"}
    return Process([*within, sys.executable, "-m", "gateway"], {**given, **env}, folder)
