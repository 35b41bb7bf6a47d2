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


def cpu_s(run: Path) -> dict[str, float]:
    """Process name to the seconds of processor time that it and its children have used."""

    def used(process: psutil.Process) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    return _summed(run, used)


def _summed(run: Path, of: Callable[[psutil.Process], float]) -> dict[str, float]:
    total: dict[str, float] = defaultdict(float)
    for process in leftovers.belonging(str(run.resolve())):
        try:
            total[process.environ()[leftovers.PROCESS]] += of(process)
        except psutil.NoSuchProcess:
            continue
    return dict(total)


def own_mb() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_full_info().pss / MEGABYTE)
