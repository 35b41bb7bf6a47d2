"""How many processors and how much memory are ours: a container's quota is less than what its machine has."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")


def processors(root: Path = ROOT) -> int:
    """Processors that we may use at the same time, a part of one counted as a whole one.

    Source:
        sched_setaffinity(2); Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst
        (cpu.cfs_quota_us) of Linux. Parts are rounded up as in Java's and Go's runtimes.
    """
    return min([len(os.sched_getaffinity(0)), *(max(1, math.ceil(quota)) for quota in _quotas(root))])


def memory_bytes(root: Path = ROOT) -> int:
    """The memory that is ours, the machine's where nothing limits us.

    Source:
        Documentation/admin-guide/cgroup-v2.rst (memory.max) and cgroup-v1/memory.rst (memory.limit_in_bytes) of Linux;
        without a limit, the former says max and the latter a number beyond all machines.
    """
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = [*_said(root, "", "memory.max"), *_said(root, "memory", "memory.limit_in_bytes")]
    return min([machine, *(int(each) for each in limits if each.isdecimal())])


def _quotas(root: Path) -> Iterator[float]:
    for each in _said(root, "", "cpu.max"):
        quota, _, period = each.partition(" ")
        if quota.isdecimal() and period.isdecimal():
            yield int(quota) / int(period)
    for group in _groups(root, "cpu"):
        quota, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal():  # -1 is none
            yield int(quota) / int(period)


def _said(root: Path, controller: str, file: str) -> list[str]:
    return [_read(group / file) for group in _groups(root, controller)]


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Our control group and those that it is in; of version 2 where no controller is named.

    A container may see its group as the root of all, under whichever name it has outside.
    """
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            top = root / "sys/fs/cgroup" / controllers
            inner = top / path.lstrip("/")
            yield from (each for each in (inner, *inner.parents) if each.is_relative_to(top))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
