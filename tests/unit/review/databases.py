"""New databases of a reading room: copies of one that was brought to this version's tables once."""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from auditing.chain import Chain
from auditing.mark import Mark
from review import database
from tests.postgresql import new_database

FILE = "review.sqlite"


def recording(engine: Engine, folder: Path) -> database.Sessions:
    """Sessions whose audit is sealed, with the mark of its end in the folder."""
    return database.sessions(engine, Chain(b"a key of 32 bytes for the tests.", Mark(folder / "audit.mark")))


def on_sqlite(folder: Path) -> Engine:
    """An empty one, in a file of the folder."""
    path = folder / FILE
    path.write_bytes(_sqlite())
    return database.connect(f"sqlite:///{path}")


def found_by_room(folder: Path) -> None:
    """An empty one, where a room that starts in the folder looks for its own, unless it has one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / FILE).exists():
        (folder / FILE).write_bytes(_sqlite())


def on_postgresql(server: str) -> Engine:
    """An empty one, on a server."""
    return database.connect(new_database(server, _postgresql(server)))


@cache
def _sqlite() -> bytes:
    """What the file of an empty one holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite"
        _upgrade(f"sqlite:///{path}")
        return path.read_bytes()


@cache
def _postgresql(server: str) -> str:
    """The name of an empty one, to copy from."""
    url = new_database(server)
    _upgrade(url)
    return url.rpartition("/")[2]


def _upgrade(url: str) -> None:
    engine = database.connect(url)
    database.upgrade(engine)
    engine.dispose()  # and so all of it is in the file, and nobody is connected to what is copied
