"""Where the files are of what the listener holds: films that wait, dead letters, and kept films with their results."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import structlog

from erasure.sealed.errors import DamagedError
from scp.kept import FILM, KeptFilms
from scp.spool import Spool

log = structlog.get_logger()

SETTLED_NS = 2_000_000_000
"""After which a folder that changes is sure to have another time. Source: FAT's clock, the coarsest."""

UNSETTLED = ""
"""The stamp of what may have changed again within the same tick of the clock."""


class Files:
    """Finds them."""

    def __init__(self, folder: Path, spool: Spool, kept: KeptFilms) -> None:
        self._objects = folder / "objects"
        self._spool = spool
        self._kept = kept

    def stamps(self) -> dict[str, str]:
        """Id of each film that something is held of, to what changes when that does."""
        found: dict[str, str] = {}
        if self._kept.wanted:  # otherwise a film that waits is soon gone, and nobody is promised it
            found |= self._spool.held()
        settled = time.time_ns() - SETTLED_NS
        with os.scandir(self._objects) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    changed = entry.stat().st_mtime_ns
                    stamp = f"{found.get(entry.name, '')}{changed}"
                    found[entry.name] = stamp if changed < settled else UNSETTLED
        return found

    def of(self, film: str) -> Iterator[str]:
        """Kinds of what is held of a film, itself among them."""
        kinds: set[str] = set()
        with contextlib.suppress(FileNotFoundError):
            kinds = {name for name in os.listdir(self._objects / film) if name[0] != "."}
        if self._kept.wanted and any(path.exists() for path in self._spool.places(film)):
            kinds.add(FILM)
        yield from sorted(kinds)

    def open(self, film: str, kind: str) -> BinaryIO | None:
        """A file of what is held; None where it has gone, or its begin cannot be read."""
        places = [self._objects / film / kind]
        if kind == FILM:  # from where it waits to where it is kept, as it moves
            places = [*self._spool.places(film), *places]
        for path in places:
            with contextlib.suppress(FileNotFoundError):
                return self._opened(path, film)
        return None

    def seal(self, film: str, described: bytes) -> bytes:
        """What a copy of a film's header is kept as."""
        return self._spool.vault.seal(film, described)

    def unseal(self, film: str, described: bytes) -> bytes:
        """The other way around. Raises DamagedError where the film was forgotten meanwhile."""
        return self._spool.vault.unseal(described, film)

    @property
    def sealed(self) -> bool:
        """Whether what is held is encrypted."""
        return self._spool.vault.encrypts

    def _opened(self, path: Path, film: str) -> BinaryIO | None:
        try:
            file = self._spool.vault.open(path, film)
            if self.sealed:
                file.peek(1)  # type: ignore[attr-defined]  # now, and not when half an answer is out
            return file
        except DamagedError as error:
            log.warning("cannot be read", film=film, file=path.name, why=str(error))
            return None
