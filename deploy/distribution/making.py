"""All that is given away of a version, in one folder.

build/dist/1.0.0/
    cxr_cascade-1.0.0-py3-none-any.whl, .tar.gz     the code, and its source
    cxr_cascade_models-1.0.0-py3-none-any.whl       the weights, on their own terms
    archives/STAGE.mar                              for TorchServe, each signed
    sbom/*.cdx.json                                 bills of materials
    images/*.tar, DIGESTS                           where they are asked for
    release.pub                                     whose signatures they are
    NOTES.md, SHA256SUMS, SHA256SUMS.sig
"""

import hashlib
import shutil
from pathlib import Path

from certificates.signatures import SignatureError, public_half, sign
from distribution import images, packages
from distribution.errors import DistributionError
from distribution.state import Version, checked
from local import archives
from local.places import ROOT
from supply import bills
from vocabulary.problems.known import SERVED

FOLDER = ROOT / "build" / "dist"
SUMS, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "release.pub"


def make(key: Path, folder: Path = FOLDER, with_images: bool = False) -> Path:
    """Make the folder of the version that is checked out anew; which folder.

    Args:
        key: file of the private key that signs it.
        folder: where the folder comes to.
        with_images: whether the images are in it, too: gigabytes, built by Docker.

    Raises:
        DistributionError: it cannot be made; says why.
    """
    version = checked(ROOT)
    part = folder / f".{version.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        (part / KEY).write_bytes(public_half(key))  # first: a wrong key is told before minutes of building
        _fill(part, version, key)
        if with_images:
            images.save(part / "images", version.name, version.epoch)
        seal(part, key)
    except (SignatureError, OSError) as error:
        raise DistributionError(f"not signed: {error}") from error
    shutil.rmtree(folder / version.name, ignore_errors=True)
    return part.rename(folder / version.name)


def seal(folder: Path, key: Path) -> None:
    """Write the SHA-256 of every file, as sha256sum does, and the signature of that.

    Raises:
        SignatureError, OSError: it cannot be signed.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = "".join(f"{_digest(path)}  {path.relative_to(folder)}\n" for path in files)
    (folder / SUMS).write_text(sums)
    # No context before the data: openssl is to check it. What else our keys sign begins with one, and is no such list.
    (folder / SIGNATURE).write_bytes(bytes.fromhex(sign(sums.encode(), b"", key)))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fill(folder: Path, version: Version, key: Path) -> None:
    (folder / "NOTES.md").write_text(f"{version.notes}\nCommit {version.commit}.\n")
    for stage in SERVED:
        archives.build(stage, folder / "archives", key=key)
    packages.build(folder, version.epoch)
    bills.write(folder / "sbom")
