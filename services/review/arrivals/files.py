"""Files that are there whole, and are still there after a power loss."""

import os
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """All of it or nothing, whatever happens meanwhile. Then sync its folder."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # the database, which will say that it is there, is on the disk after a commit, too
    part.replace(path)


def sync(path: Path) -> None:
    """Have a folder's names on the disk: a file's own bytes are of no use without (fsync(2))."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
