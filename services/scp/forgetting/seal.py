"""Encrypts what the listener kept before anything was encrypted."""

import os
from collections.abc import Iterator
from pathlib import Path

from scp import folders
from scp.spool import ROUTINE, Spool


def seal_all(folder: Path, spool: Spool) -> int:
    """Encrypt every film and result that is in clear, whether or not the listener runs; how many files.

    Raises:
        OSError: the disk refused, and the rest is as it was: call it again.
    """
    return sum(_seal(path, film, spool) for path, film in list(_files(folder)))


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Those that are a film's, and its id. Names with a dot before them are being written."""
    for name in ("waiting", "dead"):
        for path in (folder / name).glob(f"*{ROUTINE}"):
            yield path, path.name.partition(".")[0]
    for path in (folder / "objects").glob("*/[!.]*"):
        yield path, path.parent.name


def _seal(path: Path, film: str, spool: Spool) -> bool:
    """One, while no film comes or moves; with its old times, by which it is searched, given up and removed."""
    with spool.standstill.forgetting():
        if not path.exists() or spool.vault.is_sealed(path):
            return False
        file, place = path.stat(), path.parent.stat()
        part = spool.incoming / f"{film}.{path.name}.part"
        with part.open("wb") as sealed:
            sealed.write(spool.vault.seal(film, path.read_bytes()))
            sealed.flush()
            os.fsync(sealed.fileno())
        part.chmod(0o600)
        os.utime(part, ns=(file.st_atime_ns, file.st_mtime_ns))
        folders.move(part, path)
        if path.parent.name == film:
            os.utime(path.parent, ns=(place.st_atime_ns, place.st_mtime_ns))
    return True
