"""Restoring a backup: all of it is unpacked, checked and brought to this version's tables beside what is there."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from databases.connection import connect
from databases.schema import NewerSchemaError
from erasure.sealed.errors import NoKeyError
from erasure.sealed.keys import Keys
from erasure.sealed.vault import Vault
from local.backup import databases
from local.backup.after import after_restore
from local.backup.manifest import Manifest
from local.backup.site import DATABASES, FILMS, READINGS, SETTINGS, Database, Site
from local.backup.swapping import Swap, aside, swap
from local.backup.unpacking import unpack
from local.errors import BackupError, InUseError, NoRoomError
from local.places import MIN_FREE_BYTES
from local.waiting import Report


@dataclass(frozen=True)
class Staged:
    """What was unpacked."""

    manifest: Manifest
    folders: dict[str, Path]
    """First part of files' names to where they are now."""

    def of(self, database: Database) -> Path | None:
        """The file of a database; None where the backup has none."""
        kept = self.manifest.databases.get(database.name)
        return self.folders[DATABASES] / kept.file.rpartition("/")[2] if kept else None


def restore(site: Site, file: Path, key_file: Path | None, report: Report) -> None:
    """Put a backup in the place of what is there, which is kept under another name.

    Args:
        site: nothing of it may be at work.
        file: the backup.
        key_file: passphrase or private key, where it is encrypted.
        report: told what comes back, and where the rest is.

    Raises:
        InUseError: something is at work.
        NoRoomError: it would not fit.
        BackupError: it is not whole, not for these settings, or of a newer version. Nothing was replaced; but what is
            in PostgreSQL comes first, and stays where folders cannot be exchanged then.
    """
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    _check_unused(site)
    try:
        _check_room(site, file)
        with _staging(site) as folders:
            staged = Staged(unpack(file, key_file, folders), folders)
            report("backup", _told(staged.manifest))
            _check_keys(site, staged)
            for database in site.databases.values():
                _prepare(database, staged, report)
            swaps = list(_swaps(site, staged))
            os.sync()
            _check_unused(site)
            _load(site, staged, moment, report)
            for path in swap(swaps, moment):
                report("kept", f"what was there: {path}")
            _put_settings(site, staged, report)
    except (OSError, SQLAlchemyError) as error:
        raise BackupError(f"The backup was not restored: {error}.") from error
    kept = {name: aside(folder, moment) for name, folder in site.folders.items()}
    after_restore(site, {name: path for name, path in kept.items() if path.is_dir()}, report)
    for folder in filter(Path.is_dir, site.folders.values()):
        _own(folder, folder)  # with what was made just now


def _check_unused(site: Site) -> None:
    for database in site.databases.values():
        if database.path and databases.is_open(database.path):
            raise InUseError(f"{database.path} is in use: stop what has it open (`make down`), then restore.")


def _check_room(site: Site, file: Path) -> None:
    size = file.stat().st_size
    for folder in site.folders.values():
        there = next(place for place in folder.parents if place.is_dir())
        if shutil.disk_usage(there).free < size + MIN_FREE_BYTES:
            raise NoRoomError(
                f"The backup needs {size / 1e6:,.0f} MB on the disk of {folder}, since what is there is kept, and "
                f"{MIN_FREE_BYTES / 1e9:.0f} GB stay free. Nothing was restored."
            )


@contextlib.contextmanager
def _staging(site: Site) -> Iterator[dict[str, Path]]:
    """Empty folders: beside each that is replaced, and in the run folder for all else."""
    with contextlib.ExitStack() as stack:
        site.places.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        folders = {DATABASES: site.places.run, SETTINGS: site.places.run}
        folders |= {name: folder.parent for name, folder in site.folders.items()}
        for name, parent in folders.items():
            parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folders[name] = Path(tempfile.mkdtemp(prefix=f".restore-{name}-", dir=parent))
            stack.callback(shutil.rmtree, folders[name], ignore_errors=True)
        yield folders


def _told(manifest: Manifest) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in manifest.counts.items())
    version = manifest.versions.get("cxr-cascade", "?")
    return f"of {manifest.made:%Y-%m-%d %H:%M:%S} UTC, by version {version}, whole: {counts or 'no counts'}"


def _check_keys(site: Site, staged: Staged) -> None:
    """Look whether encrypted films can be read once they are back: who was forgotten has to be found among them."""
    for name, settings in ((FILMS, site.listener), (READINGS, site.room)):
        try:
            if Keys.begun(staged.folders[name]):
                Vault.of(staged.folders[name], settings)
        except NoKeyError as error:
            raise BackupError(f"The backup's films cannot be read: {error}. Nothing was restored.") from error


def _prepare(database: Database, staged: Staged, report: Report) -> None:
    """Look whether a database fits, and bring it to this version's tables; a dump comes there when it is loaded."""
    kept, copy = staged.manifest.databases.get(database.name), staged.of(database)
    if kept is None or copy is None:
        _do_without(database, any(staged.folders[database.name].iterdir()), report)
        return
    if kept.kind != database.kind:
        raise BackupError(
            f"{database.schema.name} was in {kept.kind} when it was backed up, and {database.variable} says "
            f"{database.kind}: set it as it was. Nothing was restored."
        )
    if not database.path and not databases.load_is_possible():
        raise BackupError(f"{databases.LOADS} is not on PATH, which PostgreSQL's part of the backup needs.")
    try:
        database.schema.check(kept.schema_revision)
        if database.path:
            _upgrade(database, f"sqlite:///{copy}", report)
    except NewerSchemaError as error:
        raise BackupError(f"{error}. Nothing was restored.") from error


def _do_without(database: Database, has_files: bool, report: Report) -> None:
    """The backup has no such database; where it has files, those that are here have to fit."""
    if not has_files:
        return
    lacking = f"The backup holds files of {database.name}, and not {database.schema.name}"
    if database.path:
        raise BackupError(f"{lacking}: that was in PostgreSQL; say where in {database.variable}. Nothing was restored.")
    report("left out", f"{lacking}: what {database.variable} names stays as it is.")


def _upgrade(database: Database, url: str, report: Report) -> None:
    engine = connect(url)
    try:
        before = database.schema.upgrade(engine)
    finally:
        engine.dispose()
    if before:
        report("migrated", f"{database.schema.name}, from schema {before} to {database.schema.head}")


def _swaps(site: Site, staged: Staged) -> Iterator[Swap]:
    """Each folder with the database that lies in it; and databases that lie elsewhere."""
    for name, folder in site.folders.items():
        database, new = site.databases[name], staged.folders[name]
        copy, path = staged.of(database), database.path
        if copy and path and path.is_relative_to(folder):
            _move(copy, new / path.relative_to(folder))
        elif copy and path:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.restored")
            _move(copy, beside)
            yield Swap(beside, path, beside=tuple(database.files[1:]))
        if any(new.iterdir()):
            _own(new, folder)
            yield Swap(new, folder)


def _move(copy: Path, to: Path) -> None:
    owner = copy.stat()
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.move(copy, to)
    if os.geteuid() == 0:
        os.chown(to, owner.st_uid, owner.st_gid)


def _own(new: Path, before: Path) -> None:
    """Give all to the user whose the folder before was, or the files are: in containers that is not who restores."""
    if os.geteuid():
        return
    known = before if before.exists() else next(path for path in new.rglob("*") if path.is_file())
    owner = known.stat()
    for path in (new, *new.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


def _load(site: Site, staged: Staged, moment: str, report: Report) -> None:
    """What is in PostgreSQL; each all or nothing, after what was there was written down."""
    for database in site.databases.values():
        script = staged.of(database)
        if database.path or script is None:
            continue
        before = aside(site.places.run / f"{database.name}.sql", moment)
        databases.dump(database, before)
        before.chmod(0o600)
        report("kept", f"{database.schema.name} as it was: {before}")
        databases.load(database, script)
        _upgrade(database, database.url, report)


def _put_settings(site: Site, staged: Staged, report: Report) -> None:
    """Only those that are nowhere."""
    for new in sorted(staged.folders[SETTINGS].iterdir()):
        path = site.settings.get(f"{SETTINGS}/{new.name}")
        if path is None:
            report("settings", f"{new.name} is in the backup, and no variable says where it should be: it is left out")
        elif path.exists() and not (path.is_dir() and not any(path.iterdir())):
            report("settings", f"{path} stays as it is")
        else:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copytree(new, path, dirs_exist_ok=True) if new.is_dir() else shutil.copy2(new, path)
            _own_as(new, path)
            report("settings", f"{path} is back")


def _own_as(new: Path, path: Path) -> None:
    """Give files to those whose they were."""
    for each in (new, *new.rglob("*")) if os.geteuid() == 0 else ():
        owner = each.stat()
        os.chown(path / each.relative_to(new), owner.st_uid, owner.st_gid)
