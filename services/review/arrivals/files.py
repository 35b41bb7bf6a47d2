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
