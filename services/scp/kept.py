"""Films after their assessment, beside their results, so that a viewer can show both: objects/FILM/film.

They are the first to go when room runs short, the oldest before the others: a PACS has them, and a new film has nobody
else who keeps it.
"""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import structlog

from scp import folders

log = structlog.get_logger()

FILM = "film"
"""Name of the file, among those of the results, which are named after their kinds."""


class KeptFilms:
    """Films whose results are kept; the outbox's pruning removes both."""

    def __init__(self, folder: Path, wanted: bool) -> None:
        """Those of the listener's folder; where none are wanted, films go when they are assessed."""
        self._objects = folders.make(folder / "objects")
        self.wanted = wanted

    def keep(self, film: str, paths: Iterable[Path]) -> None:
        """Take over a film's file, on the same disk, from the first of these paths where it is.

        Raises:
            OSError: the disk refused.
        """
        if not self.wanted:
            return
        place = folders.make(self._objects / film)
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                folders.move(path, place / FILM)
                return

    def path(self, film: str) -> Path:
        """Where a film is, if it is kept."""
        return self._objects / film / FILM

    def give_up(self, least_bytes: int) -> int:
        """Remove the oldest films until so many bytes are free; how many were freed, none where none is left."""
        found = []
        for path in self._objects.glob(f"*/{FILM}"):
            with contextlib.suppress(FileNotFoundError):
                stat = path.stat()
                found.append((stat.st_mtime_ns, stat.st_size, path))
        freed = gone = 0
        for _, size, path in sorted(found):
            if freed >= least_bytes:
                break
            path.unlink(missing_ok=True)
            freed, gone = freed + size, gone + 1
        if gone:
            log.warning("kept films given up: little room on the disk", films=gone)
        return freed
