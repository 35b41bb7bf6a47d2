"""What has to be on the disk before anybody relies on it."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Force a file's content, or a folder's names, to the disk: a new file's bytes are of no use without (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
