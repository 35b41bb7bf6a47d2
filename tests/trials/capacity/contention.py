"""How much more processor time the same work takes when every processor works: caches and more are shared.

Processor time, and not the clock's: another program that has the processor meanwhile is no part of it.
"""

import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from threading import Barrier

from imaging.file import File
from tests.trials.bench.cascade import Cascade, unpack
from tests.trials.bench.variants import Film

SECONDS = 5.0
WARM = 5
FILMS = 4


def contention(archives: Path, film: Path, folder: Path) -> float:
    """The share by which it takes longer; found without a stack.

    The cascade runs in a process, then in as many as there are processors.

    Args:
        archives: folder of the three.
        film: what is assessed.
        folder: where the archives are unpacked.
    """
    unpacked, files = unpack(archives, folder), Film.read(film).mixed(FILMS)
    alone, together = (_a_film_s(count, unpacked, files) for count in (1, len(os.sched_getaffinity(0))))
    return max(together / alone - 1, 0.0)


def _a_film_s(processes: int, unpacked: Path, files: Sequence[File]) -> float:
    """Seconds of processor time a film, in so many processes at once."""
    spawning = multiprocessing.get_context("spawn")
    with spawning.Manager() as manager, ProcessPoolExecutor(processes, spawning) as pool:
        begin = manager.Barrier(processes)
        each = [pool.submit(_assess, unpacked, files, begin) for _ in range(processes)]
        films, seconds = (sum(part) for part in zip(*(one.result() for one in each), strict=True))
    return float(seconds / films)


def _assess(unpacked: Path, files: Sequence[File], begin: Barrier) -> tuple[int, float]:
    """How many films, and what processor time they took; begins when all others do."""
    cascade = Cascade.load(unpacked)
    for _ in range(WARM):
        cascade.assess(files[0])
    begin.wait()
    started, before, films = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - started < SECONDS:
        cascade.assess(files[films % len(files)])
        films += 1
    return films, time.process_time() - before
