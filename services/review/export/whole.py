"""A folder that is there with all that belongs into it, or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from review.errors import InvalidError, WriteError


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """A folder to write into, which only we can read; it becomes out when all went well, and is removed otherwise.

    Raises:
        InvalidError: out is there already, or lies in no folder.
        WriteError: the disk is full, or something else about it.
    """
    _check(out)
    part = None
    try:
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        yield part
        os.sync()
        _check(out)
        part.rename(out)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = "the disk is full" if full else error.strerror or type(error).__name__
        raise WriteError(f"{out}: {why}; nothing was written") from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _check(out: Path) -> None:
    if out.exists() or out.is_symlink():
        raise InvalidError(f"{out}: is there already; name a folder that is not")
    if not out.parent.is_dir():
        raise InvalidError(f"{out.parent}: no such folder")
