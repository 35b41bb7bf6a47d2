"""Reading an archive into folders of its own, and finding it whole, before anything that is there is touched."""

import contextlib
import hashlib
import os
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from pydantic import ValidationError

from local.backup.encryption import MAGIC, Decrypted
from local.backup.manifest import FORMAT, NAME, Kept, Manifest
from local.errors import BackupError

BUFFER_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 1 << 30
"""Far above that of millions of films."""


def unpack(file: Path, key_file: Path | None, folders: Mapping[str, Path]) -> Manifest:
    """Write every file of an archive, and compare each with what the archive says of it.

    Args:
        file: the archive.
        key_file: passphrase or private key, where it is encrypted.
        folders: the first part of files' names to the folder that they are written to.

    Raises:
        BackupError: it is no backup, damaged, cut short, of a newer version, or the key is wrong. What was written
            until then is the caller's to remove.
        OSError: a file cannot be read or written.
    """
    with _opened(file, key_file) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=BUFFER_BYTES) as archive:
                written, told = _extracted(archive, folders)
        except (tarfile.TarError, EOFError) as error:
            raise BackupError(f"{file} is no backup, or damaged: {error}.") from error
        if stream.read(1):
            raise BackupError(f"{file} has something behind its end: it was changed.")
    manifest = _manifest(file, told)
    _compare(file, written, manifest.files)
    return manifest


@contextlib.contextmanager
def _opened(file: Path, key_file: Path | None) -> Iterator[BinaryIO]:
    with file.open("rb") as source:
        if source.read(len(MAGIC)) != MAGIC:
            source.seek(0)
            yield source
        elif key_file is None:
            raise BackupError(f"{file} is encrypted: say DECRYPT=FILE, with the passphrase or the private key in it.")
        else:
            yield cast(BinaryIO, Decrypted(source, key_file))


def _extracted(archive: tarfile.TarFile, folders: Mapping[str, Path]) -> tuple[dict[str, Kept], bytes | None]:
    """What was written, and the manifest's bytes."""
    written: dict[str, Kept] = {}
    for entry in archive:
        content = archive.extractfile(entry) if entry.isreg() else None
        if content is None:
            raise BackupError(f"{entry.name!r} is no plain file: this is no backup of ours.")
        if entry.name == NAME:
            rest = content.read() if entry.size <= MAX_MANIFEST_BYTES else None
            if archive.next() is not None:
                raise BackupError("Files follow on the list of files: this is no backup of ours.")
            return written, rest
        if entry.name in written:
            raise BackupError(f"{entry.name} is in the archive twice: this is no backup of ours.")
        written[entry.name] = _write(entry, content, _place(entry.name, folders))
    return written, None


def _place(name: str, folders: Mapping[str, Path]) -> Path:
    path = PurePosixPath(name)
    first, *rest = path.parts or ("",)
    plain = not path.is_absolute() and ".." not in path.parts and str(path) == name and "\0" not in name
    if not (plain and rest and first in folders):
        raise BackupError(f"{name!r} is no name of a file in a backup of ours.")
    return folders[first].joinpath(*rest)


def _write(entry: tarfile.TarInfo, content: IO[bytes], path: Path) -> Kept:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        while data := content.read(BUFFER_BYTES):
            digest.update(data)
            size += file.write(data)
    os.utime(path, (entry.mtime, entry.mtime))  # what waits is taken up in the order in which it came
    if os.geteuid() == 0:
        os.chown(path, entry.uid, entry.gid)
    return Kept(size=size, sha256=digest.hexdigest())


def _manifest(file: Path, told: bytes | None) -> Manifest:
    if told is None:
        raise BackupError(f"{file} has no list of its files at its end: it was cut short, or is no backup.")
    try:
        manifest = Manifest.model_validate_json(told)
    except ValidationError as error:
        raise BackupError(f"{file} has a list of its files that this version cannot read.") from error
    if manifest.format > FORMAT:
        newer = manifest.versions.get("cxr-cascade", "a newer version")
        raise BackupError(f"{file} was made by {newer}, in a form that this version does not know: install that one.")
    return manifest


def _compare(file: Path, written: Mapping[str, Kept], told: Mapping[str, Kept]) -> None:
    for name in sorted(written.keys() | told.keys()):
        if name not in written:
            raise BackupError(f"{name} is missing in {file}: nothing was restored.")
        if written[name] != told.get(name):
            raise BackupError(f"{name} in {file} is not as it was when it was backed up: nothing was restored.")
