"""Signing archives on this machine, and looking at the signatures of those that are there."""

import json
import tempfile
import zipfile
from pathlib import Path

import yaml

from auditing.disk import READABLE, write_whole
from certificates import seal
from certificates.signatures import PRIVATE, make_keys, public_half
from cxr import stage as stages
from local.places import SIGNING, TRUSTED

MANIFEST, CONFIG = "MAR-INF/MANIFEST.json", "model-config.yaml"
CREATED = "01/01/1980 00:00:00"
"""In place of the time of the build, without which TorchServe takes no manifest: the same files, the same archive."""


def machine_key() -> Path:
    """The private key of this machine, for its user alone; made, and its public half trusted, where there is none.

    Raises:
        OSError: it cannot be written.
    """
    SIGNING.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_keys(SIGNING)
    trusted = TRUSTED / "machine.pub"
    public = public_half(SIGNING / PRIVATE)
    if not trusted.exists() or trusted.read_bytes() != public:
        TRUSTED.mkdir(parents=True, exist_ok=True)
        TRUSTED.chmod(0o755)  # a container's user reads it
        write_whole(trusted, public, READABLE)
    return SIGNING / PRIVATE


def sign(archive: Path, sources: str, key: Path) -> None:
    """Sign an archive with what is in it now.

    Args:
        archive: STAGE.mar.
        sources: sha256 of what it was built from.
        key: file of the private key.

    Raises:
        SignatureError: the key is none.
        OSError: a file cannot be read or written.
    """
    with tempfile.TemporaryDirectory(prefix="cxr-archive-") as unpacked:
        folder = Path(unpacked)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        manifest = json.loads((folder / MANIFEST).read_text()) | {"createdOn": CREATED}
        (folder / MANIFEST).write_text(f"{json.dumps(manifest, indent=1)}\n")
        who = stages.describe(archive.stem, folder, yaml.safe_load((folder / CONFIG).read_text())["stage"])
        about = {"stage": who.stage, "version": who.version, "digest": who.digest, "sources": sources}
        files = (path for path in folder.rglob("*") if path.is_file())
        contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    seal.seal(archive, contents, about, key)


def outdated(archive: Path, sources: str, key: Path) -> str:
    """Why an archive has to be built; nothing where it has not.

    Args:
        archive: where it would be.
        sources: sha256 of what it should be built from.
        key: file of the private key that it should be signed with.

    Raises:
        SignatureError: the key is none.
        OSError: the key cannot be read.
    """
    if not archive.exists():
        return "there was none"
    with tempfile.TemporaryDirectory(prefix="cxr-key-") as folder:
        public = Path(folder) / f"{key.stem}.pub"
        public.write_bytes(public_half(key))
        try:
            there = seal.opened(archive, [public])
        except seal.SealError as error:
            return str(error)
    return "" if there.seal.sources == sources else "what it is built from was changed"
