"""The instances of one request, on the disk while they come: nothing is held in memory, and nothing stays behind."""

import contextlib
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from cxr.errors import TooLargeError
from scp.errors import NoRoomError
from scp.spool import Spool

MAX_INSTANCES = 2_000
"""Of one request: each is a file, and takes a fifth of a millisecond of a processor though it is empty. Source: 256 MB
of films of 130 KB are so many, and radiographs have megabytes."""


class Received:
    """Parts of a body, each in a file of the spool's incoming/; what is still there at the end is removed."""

    def __init__(self, spool: Spool) -> None:
        self.paths: list[Path] = []
        self._spool = spool
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # the disk refused its last bytes
            self.end()
        for path in self.paths:
            self._spool.vault.drop(path)

    def begin(self) -> None:
        """A part begins.

        Raises:
            TooLargeError: more parts than one request may have.
            NoRoomError: it might not fit on the disk.
            OSError: the disk refused.
        """
        if len(self.paths) == MAX_INSTANCES:
            raise TooLargeError(f"more than {MAX_INSTANCES} instances")
        if not self._spool.can_receive():
            raise NoRoomError("too little room on the disk")
        self._file = self._spool.create()
        self.paths.append(Path(self._file.name))

    def write(self, data: bytes) -> None:
        """More of it; of a film that is too large only as much as shows that it is.

        Raises:
            OSError: the disk refused.
        """
        if self._file:
            self._file.write(data[: self._spool.max_film_bytes + 1 - self._file.tell()])

    def end(self) -> None:
        """It is whole.

        Raises:
            OSError: the disk refused.
        """
        file, self._file = self._file, None
        if file:
            file.close()
