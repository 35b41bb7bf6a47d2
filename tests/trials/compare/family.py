"""One contender's processes: started in a session of their own, counted together, and all ended, however they hide."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

MEGABYTE = 1e6
GRACE_S = 10


class Family:
    """A command and whatever it starts."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path, log: Path) -> None:
        """Start it in a folder of its own; what it says goes to the log."""
        with log.open("w") as out:
            self._leader = subprocess.Popen(
                list(map(str, command)), env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self._known: set[psutil.Process] = set()

    @property
    def ended(self) -> bool:
        """Whether its first process has."""
        return self._leader.poll() is not None

    def memory_mb(self) -> float:
        """Of all, shared pages split between their users. Source: Pss of /proc/PID/smaps_rollup, proc(5)."""
        total = 0.0
        for process in self._members():
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total / MEGABYTE

    def end(self) -> None:
        """Ask the first to end as Ctrl-C does, and kill what is left of the family after GRACE_S."""
        self._members()
        if not self.ended:
            self._leader.send_signal(signal.SIGINT)
        try:
            self._leader.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            pass
        while left := [process for process in self._members() if _alive(process)]:
            for process in left:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
            psutil.wait_procs(left, 5)
        self._leader.wait()

    def _members(self) -> set[psutil.Process]:
        """All that live: children of children, and those of the session that have lost their parents."""
        session = self._leader.pid
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) == session:
                    self._known.add(process)
            except OSError:
                continue
        for process in list(self._known):
            try:
                self._known |= set(process.children(recursive=True))
            except psutil.NoSuchProcess:
                continue
        self._known = {process for process in self._known if _alive(process)}
        return self._known


def _alive(process: psutil.Process) -> bool:
    """A process id that was given to another since is not it: psutil compares the times of start."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
