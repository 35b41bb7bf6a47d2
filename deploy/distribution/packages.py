"""The wheels: of the code, by way of its source archive, and of the weights.

The same tree and the same time of its commit give the same bytes: that time is what the files in them have, and neither
this machine's umask nor its user is in them.

Source:
    reproducible-builds.org, SOURCE_DATE_EPOCH.
"""

import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import uv

from distribution.errors import DistributionError
from local.places import ROOT

PROJECTS = (".", "model_store")
"""Folders with a pyproject.toml: the code, and the weights, which have other terms."""

MAX_BUILD_S = 600


def build(out: Path, epoch: int, root: Path = ROOT) -> list[Path]:
    """The source archive of the code, and both wheels, of the working tree's files that git does not ignore.

    Args:
        out: the folder they come to.
        epoch: the time that their files have, in seconds since 1970.
        root: the working tree.

    Raises:
        DistributionError: one could not be built; says why.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cxr-dist-") as folder:
        copy, built = Path(folder, "tree"), Path(folder, "built")
        copy_tree(root, copy)
        for project in PROJECTS:
            _build(copy / project, built, epoch, () if project == "." else ("--wheel",))
        for sdist in built.glob("*.tar.gz"):
            sdist.write_bytes(repacked(sdist.read_bytes(), epoch))
        return [Path(shutil.copy(path, out)) for path in sorted(built.iterdir()) if path.name[0] != "."]


def copy_tree(root: Path, copy: Path) -> None:
    """Copy what git knows of, and what is new and not ignored, without what was built there before.

    Raises:
        CalledProcessError: it is no working tree.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
            (copy / name).chmod(0o644)


def repacked(archive: bytes, epoch: int) -> bytes:
    """A tar.gz with the same files, whoever packed it and whenever."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as before,
        gzip.GzipFile("", "wb", 9, packed, epoch) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for member in sorted(before.getmembers(), key=lambda one: one.name):
            clean = tarfile.TarInfo(member.name)
            clean.type, clean.size, clean.mtime = member.type, member.size, epoch
            clean.mode = 0o755 if member.isdir() else 0o644
            after.addfile(clean, before.extractfile(member) if member.isfile() else None)
    return packed.getvalue()


def _build(project: Path, out: Path, epoch: int, kinds: tuple[str, ...]) -> None:
    command = [
        uv.find_uv_bin(),
        "build",
        "--offline",
        "--no-build-isolation",
        "--no-config",
        "--python",
        sys.executable,
    ]
    done = subprocess.run(
        [*command, *kinds, "--out-dir", out, project],
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)},
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
        timeout=MAX_BUILD_S,
    )
    if done.returncode:
        raise DistributionError(f"{project.name} could not be built: {' '.join(done.stderr.split())[-2000:]}")
