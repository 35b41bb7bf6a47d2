"""How much is taken on at once; beyond it the caller is told when to come back."""

import contextlib
import math
import time
from collections.abc import Iterator

from cxr.errors import OverloadedError
from gateway.metrics import Metrics

SMOOTHING = 0.1
"""Weight of the newest request in the running mean of how long one takes."""


class Admission:
    """Bounds the requests at work, and the bytes of uploads that are being received."""

    def __init__(self, max_in_flight: int, max_buffered_bytes: int, metrics: Metrics) -> None:
        self._max_in_flight = max_in_flight
        self._max_buffered_bytes = max_buffered_bytes
        self._metrics = metrics
        self._in_flight = 0
        self._buffered = 0
        self._mean_s = 0.1

    @contextlib.contextmanager
    def slot(self) -> Iterator[None]:
        """One request at work.

        Raises:
            OverloadedError: there are as many as are taken.
        """
        if self._in_flight >= self._max_in_flight:
            raise OverloadedError(self._retry_after_s())
        started = time.perf_counter()
        self._in_flight += 1
        self._metrics.in_flight.inc()
        try:
            yield
        finally:
            self._in_flight -= 1
            self._metrics.in_flight.dec()
            self._mean_s += SMOOTHING * (time.perf_counter() - started - self._mean_s)

    @contextlib.contextmanager
    def upload(self) -> "Iterator[Upload]":
        """One upload being received."""
        upload = Upload(self)
        try:
            yield upload
        finally:
            self._hold(-upload.held)

    def _hold(self, count: int) -> None:
        self._buffered += count
        self._metrics.buffered_bytes.set(self._buffered)

    def _retry_after_s(self) -> int:
        """Whole seconds until those in flight are done: each takes the mean, and they are at work side by side."""
        return max(1, math.ceil(self._mean_s))


class Upload:
    """The bytes that one upload holds."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.held = 0

    def hold(self, count: int) -> None:
        """Count more bytes.

        Raises:
            OverloadedError: all uploads together would hold more than is allowed.
        """
        admission = self._admission
        if admission._buffered + count > admission._max_buffered_bytes:
            raise OverloadedError(admission._retry_after_s())
        self.held += count
        admission._hold(count)
