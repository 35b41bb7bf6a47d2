"""From a file to its film: decoded once, on as many threads as there are processors, and known again by its digest."""

import asyncio
import contextvars
import hashlib
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import cachetools

from cxr.radiograph import Radiograph
from gateway.tracing import span
from gateway.uploads import File
from gateway.work import Known, Work, decoded

Done = TypeVar("Done")

KNOWN_FILES = 10_000
"""Files whose film is known without decoding them again."""


class Reader:
    """Reads the files of requests. More threads than processors would make every film slower, and none sooner."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)), "reader")
        # Digest of a whole file to what it is. It comes from patient data too, so it never leaves this process.
        self._known: cachetools.LRUCache[bytes, Known] = cachetools.LRUCache(KNOWN_FILES)
        self._lock = threading.Lock()

    async def read(self, work: Work) -> None:
        """Find out what the file is; decode it, unless this very file was decoded before.

        Raises:
            InputError: no radiograph can be read from it.
        """
        started = time.perf_counter()
        with span("decode", bytes=len(work.file.data)):
            work.radiograph, work.known = await self._on_a_thread(lambda: self._read(work.file, work.fresh))
        if work.radiograph:
            work.timings["decode"] = 1000 * (time.perf_counter() - started)

    async def radiograph(self, work: Work) -> Radiograph:
        """The film of a file that has been read, decoded again where that was before this request."""
        if work.radiograph:
            return work.radiograph
        started = time.perf_counter()
        with span("decode", bytes=len(work.file.data)):
            radiograph, _ = await self._on_a_thread(lambda: decoded(work.file, self._max_pixels))
        work.radiograph = radiograph
        work.timings["decode"] = 1000 * (time.perf_counter() - started)
        return radiograph

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)

    def _read(self, file: File, fresh: bool) -> tuple[Radiograph | None, Known]:
        digest = hashlib.sha256(file.data).digest()
        with self._lock:
            known = None if fresh else self._known.get(digest)
        if known:
            return None, known
        radiograph, known = decoded(file, self._max_pixels)
        with self._lock:
            self._known[digest] = known
        return radiograph, known

    async def _on_a_thread(self, work: Callable[[], Done]) -> Done:
        """With this request's id for the log."""
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(self._threads, context.run, work)
