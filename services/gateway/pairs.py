"""Keeps what two releases said of the same film, for learning: certificates.pairs says what, and what not."""

import asyncio
import contextlib
import errno
import mmap
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

import structlog
from pydicom import Dataset

from certificates import pairs
from certificates.pairs import Answer, Pair
from gateway import tags
from gateway.draws import whose
from gateway.vault import Vault
from imaging.header import unpack

log = structlog.get_logger()

KEPT_DAYS = 90

MAX_DAY_BYTES = 160_000_000
"""Of one file: about 200,000 pairs of 800 bytes. What comes later on that day is not kept."""

CLEAN_S = 3600.0
"""How often files are looked for that are too old."""

OLDEST_DECADE = 90
"""Of older patients there are so few that their age would tell who they are."""


class Pairs:
    """A file a day. Whatever goes wrong with it costs no film anything, and is logged once until it works again."""

    def __init__(self, folder: Path | None, vault: Vault) -> None:
        """Of a folder, which need not be there yet; without one, nothing is kept."""
        self._folder = folder
        self._vault = vault
        self._failing = False

    @classmethod
    @contextlib.asynccontextmanager
    async def at(cls, folder: Path | None, vault: Vault) -> AsyncIterator[Self]:
        """As above; files that are too old are removed meanwhile."""
        kept = cls(folder, vault)
        cleaner = asyncio.create_task(kept._clean(folder)) if folder else None
        try:
            yield kept
        finally:
            if cleaner:
                cleaner.cancel()
                await asyncio.gather(cleaner, return_exceptions=True)

    async def keep(self, film: str, packed: bytes | None, problem: str, answered: Answer, compared: Answer) -> None:
        """Keep a pair, beside the event loop.

        Args:
            film: its name.
            packed: its header; None for a picture.
            problem: the name of what was asked.
            answered: what was answered.
            compared: what nobody saw.
        """
        if self._folder:
            await asyncio.to_thread(self._keep, self._folder, film, packed, problem, answered, compared)

    def _keep(
        self, folder: Path, film: str, packed: bytes | None, problem: str, answered: Answer, compared: Answer
    ) -> None:
        header = unpack(packed) if packed else Dataset()
        pair = Pair(
            day=datetime.now(UTC).date(),
            film=self._film(film),
            patient=self._vault.digest("patient of a pair", *whose(film, packed)).hex()[:32],
            problem=problem,
            answered=answered,
            compared=compared,
            view=tags.view(header),
            sex=tags.sex(header),
            decade=_decade(tags.age_years(header)),
        )
        with self._told_once():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _append(folder / pairs.name_of(pair.day), f"{pair.model_dump_json(exclude_none=True)}\n".encode())

    async def forget(self, films: Sequence[str]) -> None:
        """Overwrite the pairs of these films, by their names, beside the event loop."""
        if self._folder and films:
            await asyncio.to_thread(self._forget, self._folder, films)

    def _forget(self, folder: Path, films: Sequence[str]) -> None:
        with self._told_once():
            for path in sorted(folder.iterdir()) if folder.exists() else ():
                if pairs.day_of(path.name):
                    _blank(path, [f'"film":"{self._film(each)}"'.encode() for each in films])

    def _film(self, film: str) -> str:
        return self._vault.digest("film of a pair", film).hex()[:32]

    async def _clean(self, folder: Path) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self._remove_old, folder, datetime.now(UTC).date() - timedelta(KEPT_DAYS))
            await asyncio.sleep(CLEAN_S)

    def _remove_old(self, folder: Path, first: date) -> None:
        with self._told_once():
            for path in folder.iterdir() if folder.exists() else ():
                if (day := pairs.day_of(path.name)) and day < first:
                    path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _told_once(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._failing:
                log.error("pairs not kept", reason=errno.errorcode.get(error.errno or 0, type(error).__name__))
            self._failing = True
        else:
            self._failing = False


def _decade(age: float | None) -> int | None:
    """From years."""
    return None if age is None else min(int(age) // 10 * 10, OLDEST_DECADE)


def _blank(path: Path, wanted: Sequence[bytes]) -> None:
    """Spaces in the place of the lines that hold one of these, so that others can go on adding lines meanwhile."""
    if not path.stat().st_size:
        return
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        for each in wanted:
            while (at := data.find(each)) >= 0:
                start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
                end = len(data) if end < 0 else end
                data[start:end] = b" " * (end - start)
        data.flush()


def _append(path: Path, line: bytes) -> None:
    """For its owner alone. After a line that a full disk or a crash cut off, a new line begins."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size >= MAX_DAY_BYTES:
            return
        whole = line if not size or os.pread(handle, 1, size - 1) == b"\n" else b"\n" + line
        if os.write(handle, whole) < len(whole):
            raise OSError(errno.ENOSPC, "the line was cut off")
    finally:
        os.close(handle)
