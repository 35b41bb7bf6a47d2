"""What a stack's processes use of the machine, by the name that each was started with."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import psutil

from local import leftovers

MEGABYTE = 1e6


def memory_mb(run: Path) -> dict[str, float]:
    """Process name to megabytes, its children's included; shared pages are split between their users.

    Source:
        Pss of /proc/PID/smaps_rollup, proc(5).
    """
    return _summed(run, lambda process: process.memory_full_info().pss / MEGABYTE)


def cpu_s(run: Path, java_apart: bool = False) -> dict[str, float]:
    """Process name to the seconds of processor time that it and its children have used.

    Args:
        run: the stack's folder.
        java_apart: a stage's Java under a name of its own, apart from the workers that compute.
    """

    def named(process: psutil.Process) -> str:
        name = _started_as(process)
        return f"{name}, Java" if java_apart and process.name() == "java" else name

    return _summed(run, _used_s, named)


def own_cpu_s() -> float:
    """Seconds of processor time that this process has used."""
    return _used_s(psutil.Process())


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _started_as(process: psutil.Process) -> str:
    name: str = process.environ()[leftovers.PROCESS]
    return name


def _summed(
    run: Path, of: Callable[[psutil.Process], float], named: Callable[[psutil.Process], str] = _started_as
) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for process in leftovers.belonging(str(run.resolve())):
        try:
            total[named(process)] += of(process)
        except psutil.NoSuchProcess:
            continue
    return dict(total)


def own_mb() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_full_info().pss / MEGABYTE)
