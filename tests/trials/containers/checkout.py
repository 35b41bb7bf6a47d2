"""A checkout of the present commit on a hardened server, where a umask of 077 lets nobody else read it."""

import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from local.places import DEFAULT_ARCHIVES, ROOT, TRUSTED
from tests.trials.containers.parts import ran

UMASK = 0o077
USUAL_UMASK = 0o022
"""Debian's."""

READER = 10001
"""The user that every container runs as."""

OPENED = "chmod -R a+rX deploy build/model_store build/run/trusted && chmod a+x . build build/run"
"""As docs/deployment.md tells whoever has such a umask."""


def checkout(folder: Path) -> Path:
    """A clone with archives, keys and secrets, as the documentation makes them; what is not committed is not in it."""
    cloned(folder)
    assert (folder / "docker-compose.yml").stat().st_mode & 0o077 == 0
    archived(folder, DEFAULT_ARCHIVES)
    keyed(folder)
    return folder


def cloned(folder: Path, commit: str = "HEAD", umask: int = UMASK) -> None:
    """A clone of this repository alone, at a commit of it."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True, umask=umask)
    switched(folder, commit, umask)


def switched(folder: Path, commit: str, umask: int = UMASK) -> None:
    """A clone at another commit, as `git pull` brings it there: what was changed in it stays, or git refuses."""
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=folder, check=True, umask=umask)


def archived(folder: Path, archives: Path) -> None:
    """Archives and the key that they are signed by, in the places of a checkout, which containers may read."""
    for path, place in ((archives, DEFAULT_ARCHIVES), (TRUSTED, TRUSTED)):
        _copied(path, folder / place.relative_to(ROOT))
    opened(folder)


def opened(folder: Path) -> None:
    """Let the containers' user read what is mounted from it."""
    assert OPENED.partition(" && ")[0] in (ROOT / "docs" / "deployment.md").read_text(), "it is as documented"
    ran(["sh", "-c", OPENED], cwd=folder)


def keyed(folder: Path) -> None:
    """Those secrets that there are not yet, of this version or another."""
    for name in ("token", "secret", "disk.key"):
        if not (path := folder / "build" / name).exists():
            path.parent.mkdir(exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
            shutil.chown(path, READER)


def _copied(path: Path, to: Path) -> None:
    """Files and folders as that umask would have made them."""
    copying = ["sh", "-c", 'mkdir -p "$2" && cp -R --no-preserve=mode "$1"/. "$2"', "sh", path, to]
    subprocess.run(copying, check=True, umask=UMASK)


def route(folder: Path, host: str, port: int, title: str) -> None:
    """Let the listener of a checkout send its results to a PACS."""
    pacs: dict[str, Any] = {"name": "pacs", "results": ["sr", "lungs", "overlay"]}
    pacs["dicom"] = {"host": host, "port": port, "aet": title}
    (folder / "deploy" / "routes.yaml").write_text(yaml.safe_dump({"routes": [pacs]}))
