"""Copying a listener that is at work, so that no film that it has acknowledged is lost.

A film goes from waiting/ to the gateway; its results are kept in objects/ and queued in queue/, the ledger says how it
ended, and only then does its file leave waiting/ (for objects/, dead/, or for good). A file that is being looked for
may leave at any moment. So:

1. The ledger is copied, and then the files of waiting/ and dead/. Films that the copy of the ledger has as received or
   failed are still to be assessed: if the file of one was not found, it has ended meanwhile, and both steps are done
   again, with the files that are new. It ends when all are found, or the same ones are missing twice: those were
   missing before.
2. queue/ and undelivered/ are copied after the ledger: a film that has ended in it has its results there, or they were
   delivered. Then objects/: what is queued is kept there for as long as it is queued.
3. All else, tombstones of who was forgotten among it: they are written before anything is removed.

So each film that was acknowledged before the backup began is in it as a file that waits, or as one that ended with
results on their way. One that is in it as both is assessed once more after a restore, which makes the same objects with
the same UIDs; one in waiting/ that the ledger does not know yet is written down at the start, as after a crash.

The reading room is copied before: what it believes the listener has been told is in the ledger by then, and what it
tells again is known as a duplicate. Left out are incoming/, of which nobody was told success, and index/ and locks/,
which are made again.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection

from local.backup.archive import Archive, files_below
from local.backup.site import FILMS, Database
from scp.ledger import standing
from scp.spool import ROUTINE

WHERE_FILMS_ARE = ("waiting", "dead", "waiting")
"""In this order: a film that goes from the first to the second or back meanwhile is seen in one of them."""

RESULTS = ("queue", "undelivered", "objects")
MADE_AGAIN = ("incoming", "index", "locks")
UNFINISHED = ("received", "failed")
"""What the ledger says of films that have a file in waiting/ or dead/."""

Copied = Callable[[], AbstractContextManager[Connection]]
"""Copies the ledger; a connection that sees what the copy has."""


def add_films(archive: Archive, folder: Path, copied: Copied) -> dict[str, int]:
    """Step 1, but for the copy of the ledger itself, which the caller adds when it is as it shall be; what there is."""
    missing: set[str] | None = None
    while True:
        with copied() as ledger:
            states = {film: state for film, _, state in ledger.execute(standing())}
        found = add_waiting(archive, folder)
        before, missing = missing, {film for film, state in states.items() if state in UNFINISHED} - found
        if not missing or missing == before:
            return {"films in the ledger": len(states), "waiting or dead": len(found)}


def add_waiting(archive: Archive, folder: Path) -> set[str]:
    """The files of films that are not in the archive yet; the ids of all whose files are."""
    for name in WHERE_FILMS_ARE:
        for path in files_below(folder / name):
            entry = f"{FILMS}/{name}/{path.name}"
            if entry not in archive.files:
                archive.add(entry, path)
    parts = [name.split("/") for name in archive.files]
    return {part[2].partition(".")[0] for part in parts if part[0] == FILMS and part[2].endswith(ROUTINE)}


def add_results(archive: Archive, folder: Path, database: Database) -> int:
    """Steps 2 and 3; how many results wait for a peer."""
    queued, *_ = [archive.add_folder(f"{FILMS}/{name}", folder / name) for name in RESULTS]
    known = {*WHERE_FILMS_ARE, *RESULTS, *MADE_AGAIN}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in known or path in database.files:
            continue
        name = f"{FILMS}/{path.name}"
        archive.add_folder(name, path) if path.is_dir() else archive.add(name, path)
    return queued
