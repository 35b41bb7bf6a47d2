"""Making a backup, while everything runs."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from local.backup import databases, listener, reading_room
from local.backup.archive import Archive, files_below
from local.backup.encryption import Encrypted
from local.backup.manifest import KeptDatabase, Manifest
from local.backup.site import DATABASES, FILMS, NEVER, READINGS, Database, Site
from local.backup.workplace import workplace
from local.errors import BackupError, NoRoomError
from local.places import MIN_FREE_BYTES
from local.waiting import Report

ENTRY_BYTES = 2048
"""What a file takes beside its own bytes, at most: two headers, and padding. Source: POSIX.1-2001, pax."""


@dataclass
class Making:
    """A backup while it is made."""

    site: Site
    archive: Archive
    manifest: Manifest
    work: Path
    """For copies of databases."""

    def all(self, report: Report) -> None:
        """Everything, in the order that listener and reading_room say."""
        room, films = self.site.databases[READINGS], self.site.databases[FILMS]
        if self._is_there(READINGS, report):
            report("reading room", self._room(room))
        if self._is_there(FILMS, report):
            report("listener", self._listener(films))
        reading_room.add_files(self.archive, self.site.room.folder, room)
        report("settings", ", ".join(self._settings()) or "none")
        for where in sorted({each.disk_key or "what your command prints" for each in self.site.encrypting}):
            why = f"The key that films are encrypted by is NOT in the backup: keep a copy of {where} elsewhere."
            self._leave_out(f"{why} Without it nobody can read them.", report)
        self.archive.close(self.manifest)

    def _is_there(self, name: str, report: Report) -> bool:
        folder = self.site.folders[name]
        if not folder.is_dir():
            self._leave_out(f"There is no {folder}, and so nothing of it is in the backup.", report)
            return False
        database = self.site.databases[name]
        if database.kind == "postgresql" and not databases.dump_is_possible():
            where = f"it is in PostgreSQL ({database.variable}), and pg_dump is not on PATH"
            self._leave_out(f"{database.schema.name} is NOT in the backup: {where}. Its files are.", report)
        return True

    def _leave_out(self, why: str, report: Report) -> None:
        self.manifest.left_out.append(why)
        report("left out", why)

    def _room(self, database: Database) -> str:
        reading_room.add_mark(self.archive, self.site.room.folder)
        if not self._can_copy(database):
            return "its files alone"
        with self._copied(database) as connection:
            counts = reading_room.counts(connection) if self._tables(database) else {}
        self._add(database)
        return self._told(counts)

    def _listener(self, database: Database) -> str:
        folder = self.site.listener.folder
        if self._can_copy(database):
            counts = listener.add_films(self.archive, folder, lambda: self._copied(database))
            self._add(database)
        else:
            counts = {"waiting or dead": len(listener.add_waiting(self.archive, folder))}
        counts["results to deliver"] = listener.add_results(self.archive, folder, database)
        return self._told(counts)

    def _told(self, counts: dict[str, int]) -> str:
        self.manifest.counts.update(counts)
        return ", ".join(f"{count:,} {name}" for name, count in counts.items())

    def _can_copy(self, database: Database) -> bool:
        path = database.path
        return path.exists() if path else databases.dump_is_possible()

    def _tables(self, database: Database) -> bool:
        return self.manifest.databases[database.name].schema_revision is not None

    @contextlib.contextmanager
    def _copied(self, database: Database) -> Iterator[Connection]:
        with databases.copied(database, self.work / database.name) as connection:
            kept = KeptDatabase(
                file=f"{DATABASES}/{database.name}.{'sqlite' if database.path else 'sql'}",
                kind=database.kind,
                schema_revision=database.schema.revision_in(connection),
            )
            self.manifest.databases[database.name] = kept
            yield connection

    def _add(self, database: Database) -> None:
        self.archive.add(self.manifest.databases[database.name].file, self.work / database.name)

    def _settings(self) -> Iterator[str]:
        for name, path in self.site.settings.items():
            added = self.archive.add_folder(name, path, NEVER) if path.is_dir() else self.archive.add(name, path)
            if added:
                yield name.partition("/")[2]


def back_up(site: Site, to: Path, key_file: Path | None, report: Report) -> Path:
    """Write one file, for its owner alone, which is there whole or not at all.

    Args:
        site: what is backed up; it may be at work.
        to: the file, or a folder, in which it gets a name by the time.
        key_file: a passphrase, or a public key, for which the backup is encrypted.
        report: told what is in it.

    Returns:
        The file.

    Raises:
        BackupError: it cannot be made; nothing is left of it.
        NoRoomError: it would not fit, or the services would have too little room meanwhile.
    """
    manifest = Manifest()
    target = _target(site, to, manifest.made, key_file is not None)
    folders = [folder for folder in site.folders.values() if folder.is_dir()]
    if not folders:
        raise BackupError(f"There is nothing to back up: no {' and no '.join(map(str, site.folders.values()))}.")
    _check_room(site, target.parent, folders[0])
    try:
        with workplace(folders[0]) as work, _written(target, key_file) as sink:
            archive = Archive(sink)
            Making(site, archive, manifest, work).all(report)
    except (OSError, SQLAlchemyError) as error:
        raise BackupError(f"The backup was not made: {getattr(error, 'strerror', None) or error}.") from error
    size, files = target.stat().st_size, len(archive.files)
    report("backup", f"{target}: {size:,} bytes, {files:,} files, {_sha256(target)}")
    return target


def _target(site: Site, to: Path, made: datetime, encrypted: bool) -> Path:
    if to.is_dir():
        to /= f"cxr-{made.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar{'.enc' if encrypted else ''}"
    to = to.resolve()
    if to.exists():
        raise BackupError(f"{to} is there already: nothing was written. Say another name, or a folder.")
    if not to.parent.is_dir():
        raise BackupError(f"There is no folder {to.parent}.")
    if any(to.is_relative_to(folder) for folder in site.folders.values()):
        raise BackupError(f"{to} would be a part of what is backed up. Choose a place on another disk.")
    return to


def _sizes(paths: Iterable[Path]) -> list[int]:
    """Bytes of each that is there: meanwhile films end, and databases close their logs."""
    sizes = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            sizes.append(path.lstat().st_size)
    return sizes


def _check_room(site: Site, to: Path, work: Path) -> None:
    """For the archive, and beside the services for copies of their databases."""
    copies = sum(_sizes(path.resolve() for each in site.databases.values() for path in each.files))
    sizes = _sizes(path for folder in site.folders.values() for path in files_below(folder))
    needed = {to: sum(sizes) + ENTRY_BYTES * len(sizes)}
    needed[work] = copies + (needed[to] if work.stat().st_dev == to.stat().st_dev else 0)
    for folder, size in needed.items():
        free = shutil.disk_usage(folder).free
        if free < size + MIN_FREE_BYTES:
            raise NoRoomError(
                f"The backup needs {size / 1e6:,.0f} MB on the disk of {folder}, beside {MIN_FREE_BYTES / 1e9:.0f} GB "
                f"that stay free; {free / 1e6:,.0f} MB are free. Nothing was written."
            )


@contextlib.contextmanager
def _written(target: Path, key_file: Path | None) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole, and on the disk."""
    part = target.with_name(f".{target.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, 0o600)
            if key_file:
                with Encrypted(file, key_file) as encrypted:
                    yield cast(BinaryIO, encrypted)
            else:
                yield file
            file.flush()
            os.fsync(handle)
        if target.exists():
            raise BackupError(f"{target} came to be meanwhile: it was not overwritten.")
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    with contextlib.suppress(OSError):  # of a network's file system, say, which has no such thing
        os.fsync(folder)
    os.close(folder)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"
