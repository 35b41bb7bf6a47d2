"""Files beside certificates that one program writes and another reads."""

import os
import tempfile
from pathlib import Path


def write_whole(data: bytes, path: Path) -> None:
    """Whole or not at all, and on the disk when it returns. Raises OSError."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)  # whoever reads it may be another user
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
