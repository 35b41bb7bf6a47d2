"""What the trial fetches once, and keeps in build/containers/cache: an engine, a base for images, a wheel of torch.

The engine, Compose and Buildx are those of Debian 13, unpacked into a folder: they run on Debian 12 too, whose own are
too old for docker-compose.yml.
"""

import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local.places import ROOT
from tests.trials.containers.errors import ContainersError

HERE, ENGINES = "bookworm", "trixie"
"""Debian 12, whose Python the images run on, and Debian 13."""

PACKAGES = ("docker.io", "docker-cli", "docker-compose", "docker-buildx", "containerd", "tini")
BASE_PACKAGES = ("python3.11", "python3.11-venv", "ca-certificates")
SOURCES = Path("/etc/apt")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Debian's place for the authorities that programs trust."""

TOLD_LINES = 12


@dataclass(frozen=True)
class Parts:
    """In a folder."""

    folder: Path

    @property
    def programs(self) -> Path:
        """Where the engine's packages are unpacked."""
        return self.folder / "engine"

    @property
    def init(self) -> Path:
        """Docker's, which also begins the sandbox."""
        return self.programs / "usr" / "bin" / "docker-init"

    @property
    def base(self) -> Path:
        """A Debian with Python: the file system, as tar."""
        return self.folder / "python.tar"

    @property
    def wheels(self) -> Path:
        """With torch as pip gets it here, for one kind of machine."""
        return self.folder / "wheels"

    def fetch(self) -> None:
        """What is not there yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path, make in ((self.programs, _unpack), (self.base, _bootstrap), (self.wheels, _torch)):
            if not path.exists():
                with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                    made = Path(folder) / path.name
                    make(made)
                    made.rename(path)  # whole, or not at all


def _unpack(folder: Path) -> None:
    """With lists and sources of its own: this machine's apt knows nothing of it."""
    apt = folder.parent / "apt"
    for each in ("sources", "lists/partial", "cache/archives/partial", "debs"):
        (apt / each).mkdir(parents=True)
    for name, text in _sources():
        (apt / "sources" / name).write_text(text)
    options = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": apt / "sources",
        "Dir::State::lists": apt / "lists",
        "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    words = [f"-o{name}={value}" for name, value in options.items()]
    ran(["apt-get", "-qq", *words, "update"])
    ran(["apt-get", "-qq", *words, "download", *PACKAGES], cwd=apt / "debs")
    folder.mkdir()
    for package in (apt / "debs").glob("*.deb"):
        ran(["dpkg-deb", "--extract", package, folder])
    shutil.rmtree(apt)


def _sources() -> Iterable[tuple[str, str]]:
    """This machine's, of Debian itself, for the newer Debian."""
    files = [SOURCES / "sources.list", *sorted((SOURCES / "sources.list.d").glob("*"))]
    texts = {path.name: path.read_text() for path in files if path.is_file()}
    own = {name: text for name, text in texts.items() if re.search(rf"\b{HERE}\b", text) and "/debian" in text}
    if not own:
        raise ContainersError(f"no sources of Debian {HERE} in {SOURCES}")
    for name, text in own.items():
        yield name, re.sub(rf"\b{HERE}\b", ENGINES, text)


def _bootstrap(file: Path) -> None:
    """As python:3.11-slim-bookworm, but with Debian's Python; it trusts whom this machine trusts."""
    links = "".join(f' && ln -s /usr/bin/python3.11 "$1"/usr/local/bin/{name}' for name in ("python", "python3"))
    trusted = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile or BUNDLE
    hooks = [f"--customize-hook=true{links}", f"--customize-hook=upload {trusted} {BUNDLE}"]
    fast = ["--dpkgopt=force-unsafe-io", "--aptopt=Acquire::Languages none"]
    wanted = ["--variant=minbase", f"--include={','.join(BASE_PACKAGES)}"]
    ran(["mmdebstrap", "--quiet", *wanted, *fast, *hooks, HERE, file])


def _torch(folder: Path) -> None:
    """Its version is pinned, its file is whatever pip finds here: a build of CPUs where this machine was told so."""
    pinned = ROOT / "deploy" / "constraints.txt"
    version = next(line for line in pinned.read_text().splitlines() if line.startswith("torch=="))
    words = ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", folder, version]
    ran([sys.executable, "-m", "pip", *words])


def ran(command: list[str | Path], cwd: Path | None = None, timeout_s: float = 1800) -> str:
    """What a program printed.

    Raises:
        ContainersError: it failed, with what it said last.
    """
    told = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=timeout_s)
    if told.returncode:
        last = "\n".join((told.stdout + told.stderr).splitlines()[-TOLD_LINES:])
        raise ContainersError(f"{' '.join(map(str, command[:6]))} ... failed:\n{last}")
    return told.stdout
