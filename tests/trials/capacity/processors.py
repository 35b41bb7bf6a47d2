"""Processor time by part of the stack, finer than by process: an event loop is one server, its threads are not."""

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Self

import psutil

from local import leftovers
from local.plan import Replica

LOOP, THREADS = "gateway loop", "gateway threads"
WORKER = "model_service_worker"
"""In the command of a Python worker. Source: TorchServe's WorkerLifeCycle."""


def java(stage: str) -> str:
    """The part that is a stage's TorchServe without its workers."""
    return f"{stage} java"


def worker(stage: str) -> str:
    """The part that is a stage's Python workers."""
    return f"{stage} worker"


def cpu_s(run: Path) -> dict[str, float]:
    """Part to the seconds of processor time that it has used so far, all replicas of a stage together."""
    total: dict[str, float] = defaultdict(float)
    for process in leftovers.belonging(str(run.resolve())):
        with contextlib.suppress(psutil.Error):
            for part, used in _used(process).items():
                total[part] += used
    return dict(total)


def memory_mb(run: Path) -> dict[str, float]:
    """Part to megabytes; the gateway's two parts are one process, counted as its loop."""
    total: dict[str, float] = defaultdict(float)
    for process in leftovers.belonging(str(run.resolve())):
        with contextlib.suppress(psutil.Error):
            total[next(iter(_used(process)))] += process.memory_full_info().pss / 1e6
    return dict(total)


def _used(process: psutil.Process) -> dict[str, float]:
    name = process.environ()[leftovers.PROCESS]
    times = process.cpu_times()
    used = float(times.user + times.system)
    if name == "gateway":
        return _of_gateway(process, used)
    return {_part(name, process): used}


def _of_gateway(process: psutil.Process, used: float) -> dict[str, float]:
    """The main thread runs the event loop; what it has started to read compressed pixels counts as a thread."""
    if any("multiprocessing" in word for word in process.cmdline()):
        return {THREADS: used}
    times = {thread.id: thread.user_time + thread.system_time for thread in process.threads()}
    return {LOOP: times.pop(process.pid, 0.0), THREADS: sum(times.values())}


def _part(name: str, process: psutil.Process) -> str:
    if not (replica := Replica.named(name)):
        return name
    working = any(WORKER in word for word in process.cmdline())
    return worker(replica.stage) if working else java(replica.stage)


class Others:
    """What of the machine's processors is used by neither a stack nor this process's children, while it is entered."""

    def __init__(self, run: Path) -> None:
        """Of the stack of a run folder."""
        self._run = run
        self.cores = 0.0
        """Processors' worth, once it is left."""

    def __enter__(self) -> Self:
        """Begin to look."""
        self._started, self._before = time.perf_counter(), self._used_s()
        return self

    def __exit__(self, *_: object) -> None:
        """Look again."""
        passed = time.perf_counter() - self._started
        self.cores = max(self._used_s() - self._before, 0.0) / passed

    def _used_s(self) -> float:
        whole, own = psutil.cpu_times(), os.times()
        busy = sum(whole) - whole.idle - getattr(whole, "iowait", 0) - getattr(whole, "guest", 0)
        return busy - sum(cpu_s(self._run).values()) - sum(own[:4])


@contextlib.contextmanager
def confined(run: Path, cores: Mapping[str, Collection[int]]) -> Iterator[None]:
    """Meanwhile, keep parts of a stack on some processors: process name to which; "" is this process and its children.

    Every thread of a process is told, as taskset -a does; those that it starts later do as the one that starts them.
    """
    every = os.sched_getaffinity(0)
    told = {pid: set(where) for pid, where in _threads(run, cores)} | {os.getpid(): set(cores.get("", every))}
    try:
        _tell(told)
        yield
    finally:
        _tell(dict.fromkeys((*told, *(pid for pid, _ in _threads(run, cores))), every))


def _threads(run: Path, cores: Mapping[str, Collection[int]]) -> Iterator[tuple[int, Collection[int]]]:
    """Of the named processes; a stage's name is that of all its replicas."""
    for process in leftovers.belonging(str(run.resolve())):
        with contextlib.suppress(psutil.Error):
            name = process.environ()[leftovers.PROCESS]
            replica = Replica.named(name)
            where = cores.get(name) or cores.get(replica.stage if replica else "")
            if where and (replica or name in cores):
                yield from ((thread.id, where) for thread in process.threads())


def _tell(told: Mapping[int, Collection[int]]) -> None:
    for thread, where in told.items():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(thread, where)
