"""A folder for what is on its way, in the folder of a service, where a copy of its database is as safe as itself."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.errors import BackupError

PREFIX = ".backup-"


@contextlib.contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """One at a time; what one left that was killed is removed.

    Raises:
        BackupError: another is at work.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.glob(f"{PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder) as place:
            yield Path(place)
    except BlockingIOError as error:
        raise BackupError(f"Another backup of {folder} is under way.") from error
    finally:
        os.close(handle)
