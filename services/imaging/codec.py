"""Decodes compressed pixels in a process of its own: the codecs are C libraries, and the bytes are a stranger's.

A codec that crashes, hangs or asks for too much memory ends its own process; the file is then malformed, and the next
one gets a new process.
"""

import atexit
import contextlib
import multiprocessing
import resource
import threading
import warnings
from concurrent.futures import TimeoutError as TooLate

import numpy as np
from numpy.typing import NDArray
from pebble import ProcessExpired, ProcessPool
from pydicom.pixels import pixel_array

from cxr.errors import MalformedError
from imaging.errors import OverloadedError
from imaging.part10 import read_part10

MAX_DECODING_S = 8.0
"""For one film; the largest take about a second, and the gateway's deadline is 10 s."""

PATIENCE_S = 10.0
"""For one film and those before it, each of which may take MAX_DECODING_S: then the gateway's deadline has passed."""

MAX_MEMORY_BYTES = 2 * 1024**3
"""Of address space, for the process: its libraries take 0.5 GB, and the largest film 1 GB with all copies."""


class _Worker:
    """The process, started when it is first needed, and again when it has died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None

    def pool(self) -> ProcessPool:
        with self._lock:
            if self._pool is None:
                # Not forked from here: a copy of a process with threads may hold their locks for ever. Nor by a server
                # for that, which leaves its socket on the disk when this process is killed.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPool(max_workers=1, initializer=_confine, context=context)
            return self._pool

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.stop()  # type: ignore[no-untyped-call]
                self._pool.join()
                self._pool = None


_worker = _Worker()
atexit.register(_worker.close)


def decode(part10: bytes) -> NDArray[np.generic]:
    """The stored pixels of a file with compressed ones: shape (rows, columns) or (rows, columns, 3).

    Raises:
        MalformedError: they cannot be decoded, not within MAX_DECODING_S, or not within MAX_MEMORY_BYTES.
        OverloadedError: other films took longer than PATIENCE_S.
    """
    future = _worker.pool().schedule(_decoded, args=[part10], timeout=MAX_DECODING_S)
    try:
        found: NDArray[np.generic] = future.result(PATIENCE_S)
    except TooLate as error:
        if not future.done():
            future.cancel()  # type: ignore[no-untyped-call]
            raise OverloadedError(retry_after_s=round(MAX_DECODING_S)) from error
        raise MalformedError("the compressed pixels take too long to decode") from error
    except ProcessExpired as error:
        raise MalformedError("the compressed pixels cannot be decoded: the codec gave up") from error
    except Exception as error:  # codecs fail in many ways on hostile bytes, and all mean the same to the caller
        raise MalformedError("the compressed pixels cannot be decoded: they are damaged or incomplete") from error
    return found


def warm() -> None:
    """Start the process early, so that the first compressed film does not wait for its imports."""
    _worker.pool().schedule(_ready)


def close() -> None:
    """End the process; the next decode starts another."""
    _worker.close()


def _confine() -> None:
    with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold a film
    warnings.simplefilter("ignore")  # they name values of the file


def _ready() -> None:
    pass


def _decoded(part10: bytes) -> NDArray[np.generic]:
    return pixel_array(read_part10(part10, max_pixels=0))  # compressed pixels are not in a deflated file
