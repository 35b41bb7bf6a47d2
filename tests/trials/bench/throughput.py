"""How many films a second the cascade assesses without any transport, in as many threads or processes as pay."""

import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

from imaging.file import File
from tests.trials.bench.cascade import Cascade

_own = threading.local()


@dataclass(frozen=True)
class Throughput:
    """Films a second, of so many threads or processes, each with a cascade of its own."""

    kind: str
    count: int
    per_s: float

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"


def sweep(unpacked: Path, files: Sequence[File], seconds: float) -> list[Throughput]:
    """One at a time, then threads and processes up to one more than there are cores."""
    most = len(os.sched_getaffinity(0)) + 1
    several = [(kind, count) for kind in ("threads", "processes") for count in range(2, most + 1)]
    return [measure(kind, count, unpacked, files, seconds) for kind, count in [("thread", 1), *several]]


def measure(kind: str, count: int, unpacked: Path, files: Sequence[File], seconds: float) -> Throughput:
    """Let that many assess the files, over and over, for that long, all at once."""
    with _pool(kind, count, unpacked, files) as pool:
        for each in [pool.submit(_assess_for, 0.2) for _ in range(count)]:
            each.result()  # warm
        counts = [each.result() for each in [pool.submit(_assess_for, seconds) for _ in range(count)]]
    return Throughput(kind, count, sum(done / taken for done, taken in counts))


def _pool(kind: str, count: int, unpacked: Path, files: Sequence[File]) -> Executor:
    if kind == "processes":
        spawning = multiprocessing.get_context("spawn")
        arguments = (unpacked, files, spawning.Barrier(count))
        return ProcessPoolExecutor(count, spawning, initializer=_arm, initargs=arguments)
    return ThreadPoolExecutor(count, initializer=_arm, initargs=(unpacked, files, Barrier(count)))


def _arm(unpacked: Path, files: Sequence[File], together: Barrier) -> None:
    _own.cascade, _own.files, _own.together = Cascade.load(unpacked), files, together


def _assess_for(seconds: float) -> tuple[int, float]:
    """How many films were assessed, and in how many seconds; begins when all others do."""
    _own.together.wait()
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        _own.cascade.assess(_own.files[done % len(_own.files)])
        done += 1
    return done, time.perf_counter() - started
