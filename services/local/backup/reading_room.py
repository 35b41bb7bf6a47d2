"""Copying a reading room that is at work.

First how far the audit is marked, then the database, then the pictures. The mark in the backup is never ahead of the
rows in it, so `audit verify` finds it whole; and a film's pictures are on the disk before the database knows the film,
so each film in the copy has its own.
"""

from pathlib import Path

from sqlalchemy import Connection, func, select

from local.backup.archive import Archive
from local.backup.site import READINGS, Database
from review.chain.opened import MARK
from review.people import Audit
from review.tables import Film, Opinion

COUNTED = {"films": Film, "opinions": Opinion, "audit rows": Audit}


def add_mark(archive: Archive, folder: Path) -> None:
    """How far the audit goes; to be called before the database is copied."""
    archive.add(f"{READINGS}/{MARK}", folder / MARK)


def counts(connection: Connection) -> dict[str, int]:
    """What the copy of the database holds."""
    return {
        name: connection.scalar(select(func.count()).select_from(table.__table__)) or 0
        for name, table in COUNTED.items()
    }


def add_files(archive: Archive, folder: Path, database: Database) -> None:
    """All the others; to be called after."""
    archive.add_folder(READINGS, folder, without=[folder / MARK, *database.files])
