"""A sealed archive: in it, a signed list of every file that it has, so that nothing in it changes unnoticed.

The list lies in the archive, so that whoever copies the archive copies it too, and it says what the archive is, so that
none passes for another. The model server's image has this module too, where there is none of our other code: it imports
nothing of ours but signatures.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from certificates.signatures import SignatureError, sign, signer

SEAL = "MAR-INF/SEAL.json"
SIGNATURE = f"{SEAL}.sig"
CONTEXT = b"cxr-cascade archive\0"
"""Signed before the list, so that a signature of something else is none of an archive."""

WHEN = (1980, 1, 1, 0, 0, 0)
"""Of every file: the same files make the same archive, byte for byte. Source: the first moment that a zip can tell."""

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What zipfile raises where bytes of an archive were changed."""


class SealError(Exception):
    """An archive is not as somebody whom we trust signed it; the message names it, the file and what is wrong."""


@dataclass(frozen=True)
class Seal:
    """What was signed."""

    stage: str
    version: str
    digest: str
    """As the stage will tell it (cxr.stage.digest)."""
    sources: str
    """sha256 of what it was built from."""
    files: Mapping[str, str]
    """Path in the archive to sha256: of every file but the list and its signature."""


@dataclass(frozen=True)
class Opened:
    """An archive that is as it was signed."""

    seal: Seal
    key: Path
    """The trusted public key whose other half signed it."""
    contents: Mapping[str, bytes]
    """Path to what is in it, the list and its signature among them."""


def trusted_keys(folder: Path) -> list[Path]:
    """The public keys in a folder: each file *.pub is one.

    Raises:
        SealError: there is none, so that no archive could be trusted.
    """
    if keys := sorted(folder.glob("*.pub")):
        return keys
    raise SealError(f"There is no public key (*.pub) in {folder}, so that no archive can be trusted")


def seal(path: Path, contents: Mapping[str, bytes], about: Mapping[str, str], key: Path) -> None:
    """Write an archive with its list, signed.

    Args:
        path: of the archive.
        contents: path in the archive to what is in it.
        about: stage, version, digest and sources, as Seal has them.
        key: file of the private key.

    Raises:
        SignatureError: the key is none.
        OSError: a file cannot be read or written.
    """
    plain = {name: data for name, data in contents.items() if name not in (SEAL, SIGNATURE)}
    listed = Seal(**about, files={name: _sha256(plain[name]) for name in sorted(plain)})
    data = f"{json.dumps(asdict(listed), indent=1)}\n".encode()
    pack(path, {**plain, SEAL: data, SIGNATURE: f"{sign(data, CONTEXT, key)}\n".encode()})


def pack(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a zip of these files and nothing else. Raises OSError."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(contents):
            archive.writestr(zipfile.ZipInfo(name, WHEN), contents[name], zipfile.ZIP_DEFLATED)


def opened(path: Path, trusted: Sequence[Path]) -> Opened:
    """What is in an archive, where all of it is as the holder of a trusted key signed it.

    Only what this returns may be run, not the file: TorchServe reads a zip from its beginning, Python from the list at
    its end, so that one file can be two archives; and the file may be exchanged after it was looked at.

    Raises:
        SealError: it is not.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            seal_, key = _seal(path, archive, trusted)
            _check_names(path, archive.namelist(), seal_)
            contents = {name: _content(path, archive, name) for name in archive.namelist()}
    except FileNotFoundError as error:
        raise SealError(f"{path}: there is no such archive") from error
    except UNREADABLE as error:
        raise SealError(f"{path}: not an archive, or a damaged one ({error})") from error
    for name, sha256 in seal_.files.items():
        if _sha256(contents[name]) != sha256:
            raise SealError(f"{path}: {name} was changed since the archive was signed")
    return Opened(seal_, key, contents)


def _seal(path: Path, archive: zipfile.ZipFile, trusted: Sequence[Path]) -> tuple[Seal, Path]:
    """The list, and who signed it. Nothing else of the archive has been read by then."""
    if missing := {SEAL, SIGNATURE} - set(archive.namelist()):
        raise SealError(f"{path}: {min(missing)} is missing: nobody signed this archive")
    data = _content(path, archive, SEAL)
    try:
        key = signer(data, _content(path, archive, SIGNATURE).decode("ascii", "replace"), CONTEXT, trusted)
    except SignatureError as error:
        raise SealError(f"{path}: {SIGNATURE}: {error}") from error
    if key is None:
        keys = ", ".join(map(str, trusted))
        raise SealError(f"{path}: {SEAL} was changed, or signed with a key that is not trusted here (trusted: {keys})")
    try:
        seal_ = Seal(**json.loads(data))
    except TypeError as error:
        raise SealError(f"{path}: {SEAL} is of another version of this software") from error
    if seal_.stage != path.stem:
        raise SealError(f"{path}: {SEAL} says that this is the archive of the {seal_.stage}")
    return seal_, key


def _check_names(path: Path, names: Sequence[str], seal_: Seal) -> None:
    listed = {*seal_.files, SEAL, SIGNATURE}
    if missing := listed.difference(names):
        raise SealError(f"{path}: {min(missing)} is missing")
    if added := set(names) - listed:
        raise SealError(f"{path}: {min(added)} was added since the archive was signed")
    if len(names) != len(listed):
        raise SealError(f"{path}: {min(name for name in names if names.count(name) > 1)} is in it twice")


def _content(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except UNREADABLE as error:
        raise SealError(f"{path}: {name} was changed since the archive was signed: it cannot be read") from error


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
