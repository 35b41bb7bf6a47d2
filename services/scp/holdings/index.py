"""An index of what is held, made of the files' headers: it is a copy that may be deleted, and is made again.

It holds patient data, in a folder that only the listener's user can read. What a header says is encrypted as the film
is that it is of; the UIDs, by which it is found, are not.
"""

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from pydicom import Dataset

from erasure.sealed.errors import DamagedError
from imaging.part10 import read_layout
from scp import folders
from scp.films import START_BYTES
from scp.holdings.attributes import INDEXED, UID, Model, model, tag, values
from scp.holdings.files import Files
from scp.kept import FILM

log = structlog.get_logger()

VERSION, SEALED = 2, 100
"""Of the tables, and what is added where headers are encrypted: an index of another one is made anew."""

TABLES = """
CREATE TABLE seen (film TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE held (
    film TEXT NOT NULL, kind TEXT NOT NULL, study TEXT NOT NULL, series TEXT NOT NULL, instance TEXT NOT NULL,
    modality TEXT NOT NULL, syntax TEXT NOT NULL, since INTEGER NOT NULL, described BLOB NOT NULL,
    PRIMARY KEY (film, kind)
) WITHOUT ROWID;
CREATE INDEX held_by_study ON held (study, series, instance);
CREATE INDEX held_by_series ON held (series);
CREATE INDEX held_by_instance ON held (instance);
"""

COLUMNS = "film, kind, study, series, instance, modality, syntax, since, described"

AT_ONCE = 100
"""Films that are read for one commit."""


@dataclass(frozen=True)
class Held:
    """An instance that is held."""

    film: str
    """Id of the film that it is, or was made of."""
    kind: str
    study: str
    series: str
    instance: str
    """UIDs."""
    modality: str
    syntax: str
    """UID of the transfer syntax."""
    since: int
    """Nanoseconds since the epoch."""
    described: bytes
    """The attributes that a search knows, in the DICOM JSON Model."""

    def attributes(self) -> Model:
        """Those, as a data set."""
        found: Model = json.loads(self.described)
        return found


class Index:
    """Safe to share between threads."""

    def __init__(self, folder: Path, files: Files) -> None:
        self._path = folders.make(folder / "index") / "held.sqlite"
        self._files = files
        self._one = threading.Lock()
        try:
            self._prepare()
        except sqlite3.DatabaseError:  # damaged: whatever was in it is in the files
            log.warning("index made anew")
            for end in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            self._prepare()

    def find(self, study: str | None = None, series: str | None = None, instance: str | None = None) -> Iterator[Held]:
        """Instances, those of the newest study first; one that came in several forms once, in its newest.

        Args:
            study: UID of the study that they are of.
            series: of the series.
            instance: of the one that is wanted.
        """
        asked = {"study": study, "series": series, "instance": instance}
        given = {name: value for name, value in asked.items() if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in given) or "TRUE"
        query = (
            f"SELECT {COLUMNS} FROM held WHERE {where} "  # noqa: S608 - names of columns
            "ORDER BY max(since) OVER (PARTITION BY study) DESC, study, series, instance, since DESC"
        )
        before = None
        with self._opened() as connection:
            for row in connection.execute(query, given):
                held = self._held(row)
                if held and held.instance != before:
                    yield held
                before = held.instance if held else before

    def _held(self, row: tuple[Any, ...]) -> Held | None:
        """An instance of a row; None of one whose film was forgotten just now."""
        held = Held(*row)
        try:
            return replace(held, described=self._files.unseal(held.film, held.described))
        except DamagedError:
            return None

    def refresh(self, stop: threading.Event | None = None) -> None:
        """Look what has come, changed and gone; no further when stop is set."""
        with self._one, self._opened() as connection:
            now = self._files.stamps()
            known = dict(connection.execute("SELECT film, stamp FROM seen").fetchall())
            changed = [film for film, stamp in now.items() if known.get(film) != stamp or not stamp]
            gone = list(known.keys() - now.keys())
            for start in range(0, len(gone), AT_ONCE):
                with connection:
                    self._forget(connection, gone[start : start + AT_ONCE])
            for start in range(0, len(changed), AT_ONCE):
                if stop and stop.is_set():
                    return
                with connection:
                    for film in changed[start : start + AT_ONCE]:
                        self._read(connection, film, now[film])

    def _read(self, connection: sqlite3.Connection, film: str, stamp: str) -> None:
        rows = []
        for kind in self._files.of(film):
            # A film's id is made of its bytes: it never changes.
            known = connection.execute(f"SELECT {COLUMNS} FROM held WHERE film = ? AND kind = ?", (film, kind))  # noqa: S608
            row = known.fetchone() if kind == FILM else None
            rows.append(row or self._row(film, kind))
        self._forget(connection, [film])
        connection.execute("INSERT INTO seen VALUES (?, ?)", (film, stamp))
        connection.executemany("INSERT INTO held VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [row for row in rows if row])

    def _row(self, film: str, kind: str) -> tuple[Any, ...] | None:
        """What is told of a file; None of one that is no instance with identifiers."""
        file = self._files.open(film, kind)
        if file is None:
            return None
        with file:
            since = os.fstat(file.fileno()).st_mtime_ns
            try:
                start = file.read(START_BYTES)
            except DamagedError:
                return None
        if kind != FILM and start[128:132] != b"DICM":
            return None
        try:
            layout = read_layout(start)
        except Exception:  # hostile bytes fail in many ways; the film's end tells of them
            return None
        uids = [_uid(layout.header, each) for each in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")]
        if not all(uids):
            return None
        known = model(layout.header, INDEXED)
        known[tag("AvailableTransferSyntaxUID")] = values("UI", str(layout.syntax))
        modality = "".join(known.get(tag("Modality"), {}).get("Value", [])[:1])
        described = self._files.seal(film, json.dumps(known).encode())
        return film, kind, *uids, modality, str(layout.syntax), since, described

    @staticmethod
    def _forget(connection: sqlite3.Connection, films: list[str]) -> None:
        for table in ("seen", "held"):
            connection.executemany(f"DELETE FROM {table} WHERE film = ?", [(film,) for film in films])  # noqa: S608

    def _prepare(self) -> None:
        self._path.touch(0o600)
        with self._opened() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            version = VERSION + (SEALED if self._files.sealed else 0)
            if connection.execute("PRAGMA user_version").fetchone()[0] == version:
                return
            connection.executescript(f"DROP TABLE IF EXISTS seen; DROP TABLE IF EXISTS held; {TABLES}")
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("VACUUM")  # what was in clear before goes
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=30)) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA secure_delete = ON")  # who has gone is gone from here too
            yield connection


def _uid(header: Dataset, keyword: str) -> str:
    found = str(header.get(keyword) or "")
    return found if UID.fullmatch(found) else ""
