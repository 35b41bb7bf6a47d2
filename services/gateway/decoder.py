"""From a file to its film: decoded once, and known again by its digest."""

import hashlib
import threading
import time
from collections.abc import Callable, Collection
from typing import TypeVar

import cachetools

from cxr.radiograph import Radiograph
from gateway.correction import corrected
from gateway.threads import Threads
from gateway.tracing import span
from gateway.work import Known, Work, decoded
from imaging.file import File
from imaging.footprint import decoding_bytes
from results.schema import Correction

Done = TypeVar("Done")

CORRECTED = b" corrected"
"""After a file's digest: what it is to who allows that it is corrected, and to nobody else."""

KNOWN_FILES = 10_000
"""Files whose film is known without decoding them again, for as long as assessments are kept."""


class Decoder:
    """Decodes the files of requests."""

    def __init__(self, max_pixels: int, threads: Threads, ttl_s: float) -> None:
        self._max_pixels = max_pixels
        self._threads = threads
        # Digest of a whole file to what it is. It comes from patient data too, so it never leaves this process.
        self._known: cachetools.TTLCache[bytes, Known] = cachetools.TTLCache(KNOWN_FILES, ttl_s)
        self._lock = threading.Lock()

    async def decode(self, work: Work) -> None:
        """Find out what the file is; decode it, unless this very file was decoded before. Of a file that is known, and
        whose digest is there already, it waits for no thread.

        Raises:
            InputError: no radiograph can be read from it.
        """
        started = time.perf_counter()
        with span("decode", bytes=len(work.file.data)):
            known, weight = self._recalled(work) if work.file.digest else None, 0
            if not known:
                known, weight = await self._run(work, lambda: self._looked_at(work))
            if known:
                work.known = known
                return
            work.radiograph, work.known = await self._run(work, lambda: self._decoded(work), weight)
        work.timings["decode"] = 1000 * (time.perf_counter() - started)

    async def radiograph(self, work: Work) -> Radiograph:
        """The film of a file that has been read, decoded again where that was before this request."""
        if work.radiograph:
            return work.radiograph
        started = time.perf_counter()
        with span("decode", bytes=len(work.file.data)):
            weight = await self._run(work, lambda: decoding_bytes(work.file, self._max_pixels))
            radiograph, _ = await self._run(work, lambda: decoded(work.file, self._max_pixels), weight)
        work.radiograph = work.known.as_known(radiograph) if work.known else radiograph
        work.timings["decode"] = 1000 * (time.perf_counter() - started)
        return work.radiograph

    async def turn(self, work: Work) -> None:
        """Show a film the other way round, now and whenever its file comes again."""
        film = (await self.radiograph(work)).turned()
        if work.known is None:
            raise ValueError("the file was not decoded yet")
        work.radiograph, work.known = film, work.known.turned(film)
        with self._lock:
            self._known[_digest(work.file)] = work.known

    async def correct(self, work: Work, correction: Correction) -> None:
        """Assess a film as corrected, now and whenever its file comes again with that wish."""
        film = corrected(await self.radiograph(work), correction)
        if work.known is None:
            raise ValueError("the file was not decoded yet")
        work.radiograph, work.known = film, work.known.corrected(film, correction)
        with self._lock:
            self._known[_digest(work.file) + CORRECTED] = work.known

    def forget(self, films: Collection[str]) -> None:
        """Know no file of these films any more; nothing of one that is being read now."""
        with self._lock:
            for digest in list(self._known):
                if (known := self._known.get(digest)) and known.film in films:
                    self._known.pop(digest, None)

    async def _run(self, work: Work, part: Callable[[], Done], weight: int = 0) -> Done:
        return await self._threads.run(part, work.lane, weight, work.caller)

    def _looked_at(self, work: Work) -> tuple[Known | None, int]:
        """What a file is, if it was decoded before; else the memory that decoding it takes."""
        known = self._recalled(work)
        return known, 0 if known else decoding_bytes(work.file, self._max_pixels)

    def _recalled(self, work: Work) -> Known | None:
        """What a file is, if it was decoded before."""
        if work.fresh:
            return None
        digest = _digest(work.file)
        names = [digest + CORRECTED, digest] if work.correct else [digest]
        with self._lock:
            return next(filter(None, map(self._known.get, names)), None)

    def _decoded(self, work: Work) -> tuple[Radiograph, Known]:
        radiograph, known = decoded(work.file, self._max_pixels)
        with self._lock:
            self._known[_digest(work.file)] = known
        return radiograph, known


def _digest(file: File) -> bytes:
    return file.digest or hashlib.sha256(file.data).digest()
