"""Files of the listener's folder: of whom each film's are, and removing them."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydicom import Dataset

from auditing.disk import sync
from erasure.names import Identity
from erasure.sealed.errors import DamagedError
from erasure.sealed.vault import Vault
from scp import folders
from scp.films import header_at, identifier
from scp.kept import FILM
from scp.spool import Spool

SMALL_FIRST = ("sr", "notice")
"""Of what is kept of a film, what says whose it is in a few kilobytes."""


class Shelf:
    """The folder, where somebody is forgotten."""

    def __init__(self, folder: Path, spool: Spool) -> None:
        self._folder = folder
        self._objects = folders.make(folder / "objects")
        self._spool = spool
        self.standstill = spool.standstill

    def films(self) -> Iterator[tuple[Identity, datetime]]:
        """Every film of which there is a file, and since when; what cannot be read says nothing of whom."""
        for film in sorted({*self._spool.held(), *os.listdir(self._objects)}):
            paths = list(self._paths(film))
            with contextlib.suppress(FileNotFoundError):  # gone meanwhile
                since = min((path.stat().st_mtime for path in paths), default=0.0)
                yield _identity(film, paths, self._spool.vault), datetime.fromtimestamp(since, UTC)

    def count(self, film: str) -> int:
        """How many files there are of a film."""
        return sum(1 for _ in self._paths(film)) + len(self._parcels(film))

    def remove(self, film: str) -> int:
        """Remove all of a film: what would send it, itself and its results, and its key; how many files."""
        gone = self.count(film)
        for path in (*self._parcels(film), *self._spooled(film)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self._objects / film, ignore_errors=True)
        sync(self._objects)
        self._spool.vault.forget([film])  # last: until then it can be told whose files a crash has left
        return gone

    def scrub_index(self) -> None:
        """Overwrite what is free in the index of what is held; the index itself is brought up to date before."""
        path = self._folder / "index" / "held.sqlite"
        if path.exists():
            with contextlib.closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
                connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _paths(self, film: str) -> Iterator[Path]:
        """Its files, what is quickly read first."""
        place = self._objects / film
        kept = sorted(place.iterdir(), key=lambda path: path.name not in SMALL_FIRST) if place.is_dir() else []
        yield from (path for path in (*kept, *self._spooled(film)) if path.exists())

    def _spooled(self, film: str) -> list[Path]:
        return [*self._spool.places(film), self._folder / "dead" / f"{film}.json"]

    def _parcels(self, film: str) -> list[Path]:
        return [path for folder in ("queue", "undelivered") for path in self._folder.glob(f"{folder}/*/{film}.*")]


def _identity(film: str, paths: list[Path], vault: Vault) -> Identity:
    """As the first of its files that says it."""
    for path in paths:
        header = _header(path, vault) if path.suffix == ".dcm" or path.name in (FILM, *SMALL_FIRST) else Dataset()
        told = (identifier(header, each) for each in ("PatientID", "IssuerOfPatientID", "StudyInstanceUID"))
        patient, issuer, study = (each.strip() for each in told)
        if patient or study:
            return Identity(patient, issuer.casefold(), study, film)
    return Identity(film=film)


def _header(path: Path, vault: Vault) -> Dataset:
    try:
        with vault.open(path) as file:
            return header_at(file)
    except DamagedError:
        return Dataset()
