"""Copies of databases while they are used, and back: SQLite by its online backup, PostgreSQL by pg_dump and psql."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import sqlalchemy
from sqlalchemy import Connection, NullPool, make_url

from local.backup.site import Database
from local.errors import BackupError

WAIT_S = 60
"""For a writer of the database; one transaction of ours takes milliseconds."""

DUMPS, LOADS = "pg_dump", "psql"


@contextlib.contextmanager
def copied(database: Database, target: Path) -> Iterator[Connection]:
    """Copy a database; then a connection that sees what the copy has, and nothing that came later.

    Raises:
        BackupError: it is damaged, or cannot be read.
    """
    copy = _copied_file if database.kind == "sqlite" else _dumped
    with copy(database, target) as connection:
        yield connection


@contextlib.contextmanager
def _copied_file(database: Database, target: Path) -> Iterator[Connection]:
    """In one step, and so of one moment: in WAL mode, writers do not wait for it."""
    try:
        target.unlink(missing_ok=True)
        source, copy = _opened(database.path or Path(), "rw"), sqlite3.connect(target)
        with contextlib.closing(source), contextlib.closing(copy):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without others beside it
            (told,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{database.schema.name} ({database.path}) cannot be copied: {error}.") from error
    if told != "ok":
        raise BackupError(f"{database.schema.name} ({database.path}) is damaged, and was not backed up: {told}.")
    target.chmod(0o600)
    if os.geteuid() == 0 and database.path:  # as the files beside it: in containers another user than ours
        owner = database.path.stat()
        os.chown(target, owner.st_uid, owner.st_gid)
    engine = sqlalchemy.create_engine(f"sqlite:///{target}", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextlib.contextmanager
def _dumped(database: Database, target: Path) -> Iterator[Connection]:
    """By the snapshot of a transaction, in which the connection is."""
    engine = sqlalchemy.create_engine(database.url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        snapshot = str(connection.scalar(sqlalchemy.text("SELECT pg_export_snapshot()")))
        _run(database, [DUMPS, "--no-password", "--format=plain", f"--snapshot={snapshot}", f"--file={target}"])
        yield connection


def dump_is_possible() -> bool:
    """Whether PostgreSQL's program is on PATH."""
    return shutil.which(DUMPS) is not None


def load_is_possible() -> bool:
    """Whether PostgreSQL's program is on PATH."""
    return shutil.which(LOADS) is not None


def dump(database: Database, target: Path) -> None:
    """As it is now. Raises BackupError."""
    with _dumped(database, target):
        pass


def load(database: Database, script: Path) -> None:
    """Replace all of a PostgreSQL database by what pg_dump wrote; all or nothing. Raises BackupError."""
    anew = ["DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public"]
    commands = [f"--command={each}" for each in anew]
    once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--no-password"]
    _run(database, [LOADS, *once, *commands, f"--file={script}"])


def is_open(path: Path) -> bool:
    """Whether somebody has a SQLite database open, in whichever container; a damaged one is nobody's.

    Only who is alone with a database can take it out of WAL mode: all of ours are in it, and are again when opened.

    Raises:
        BackupError: it cannot be looked at.
    """
    if not path.exists():
        return False
    try:
        with contextlib.closing(_opened(path, "rw", wait_s=0)) as connection:
            return bool(connection.execute("PRAGMA journal_mode=DELETE").fetchone() != ("delete",))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return True
        raise BackupError(f"{path} cannot be opened: {error}.") from error
    except sqlite3.DatabaseError:
        return False


def _opened(path: Path, mode: str, wait_s: float = WAIT_S) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=wait_s)


def _run(database: Database, command: list[str]) -> None:
    """One of PostgreSQL's programs, on the database; a password is not in the command, which others can see."""
    url = make_url(database.url)
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    ended = subprocess.run(
        [*command, f"--dbname={plain}"], env=os.environ | password, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        lines = [line for line in ended.stderr.splitlines() if line.strip()]
        raise BackupError(f"{command[0]} of {database.variable} failed: {lines[0] if lines else ended.returncode}.")
