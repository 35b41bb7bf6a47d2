"""How many bytes of uploads are held at once."""

import contextlib
from collections.abc import Iterator

from gateway.metrics import Metrics
from imaging.errors import OverloadedError

RETRY_AFTER_S = 1
"""An upload is received in less than that, or its client is slow."""


class Buffers:
    """Bounds the bytes of all uploads that are being received."""

    def __init__(self, max_bytes: int, metrics: Metrics) -> None:
        self._max_bytes = max_bytes
        self._metrics = metrics
        self._held = 0

    @contextlib.contextmanager
    def upload(self) -> "Iterator[Upload]":
        """One upload being received."""
        upload = Upload(self)
        try:
            yield upload
        finally:
            self._hold(-upload.held)

    def _hold(self, count: int) -> None:
        """Count more bytes, or fewer.

        Raises:
            OverloadedError: all uploads together would hold more than is allowed.
        """
        if count > 0 and self._held + count > self._max_bytes:
            raise OverloadedError(RETRY_AFTER_S)
        self._held += count
        self._metrics.buffered_bytes.set(self._held)


class Upload:
    """The bytes that one upload holds."""

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers
        self.held = 0

    def hold(self, count: int) -> None:
        """Count more bytes.

        Raises:
            OverloadedError: all uploads together would hold more than is allowed.
        """
        self._buffers._hold(count)
        self.held += count
