"""Writing the archive: a tar stream, with the SHA-256 of each file taken while it goes through."""

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from local.backup.manifest import NAME, Kept, Manifest

BUFFER_BYTES = 1 << 20


class Archive:
    """A backup while it is written."""

    def __init__(self, sink: BinaryIO) -> None:
        self._tar = tarfile.TarFile(mode="w", fileobj=sink, format=tarfile.PAX_FORMAT, copybufsize=BUFFER_BYTES)
        self.files: dict[str, Kept] = {}
        """What is in it."""

    def add(self, name: str, path: Path) -> bool:
        """Add a file as it is now; False where it is gone, or no plain file. Raises OSError."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return False
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                return False
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = found.st_size, found.st_mtime, 0o600
            entry.uid, entry.gid = found.st_uid, found.st_gid
            self._add(entry, file)
        return True

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add a file that has these bytes."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.uid, entry.gid = len(data), 0o600, os.getuid(), os.getgid()
        self._add(entry, BytesIO(data))

    def add_folder(self, name: str, folder: Path, without: Iterable[Path | str] = ()) -> int:
        """Add what is in a folder, but what is half written; how many files.

        Args:
            name: of the folder, in the archive.
            folder: need not be there.
            without: paths, and names of files, to leave out.
        """
        left_out = set(without)
        return sum(
            self.add(f"{name}/{path.relative_to(folder)}", path)
            for path in files_below(folder)
            if path not in left_out and path.name not in left_out
        )

    def close(self, manifest: Manifest) -> None:
        """Add what it holds, at the end, and what says so."""
        data = manifest.model_copy(update={"files": self.files}).model_dump_json(indent=1).encode()
        self.add_bytes(NAME, data)
        self._tar.close()

    def _add(self, entry: tarfile.TarInfo, file: BinaryIO) -> None:
        if entry.name in self.files:
            raise ValueError(f"{entry.name} is in the archive already")
        hashed = Hashed(file)
        self._tar.addfile(entry, hashed)
        self.files[entry.name] = Kept(size=entry.size, sha256=hashed.hexdigest())


class Hashed:
    """A file of which is known what has been read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or what there is."""
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def hexdigest(self) -> str:
        """Of what was read until now."""
        return self._digest.hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Every file in it and in its folders, but hidden ones: those are being written. None where there is no folder."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))
