"""What has to be on the disk before anybody relies on it."""

import os
import tempfile
from pathlib import Path

READABLE = 0o644
"""Mode of a file that another user's program reads."""


def sync(path: Path) -> None:
    """Force a file's content, or a folder's names, to the disk: a new file's bytes are of no use without (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes, mode: int = 0o600) -> None:
    """All of it or nothing, whatever happens meanwhile; then sync its folder, which has its name. Raises OSError."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        Path(part).chmod(mode)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
