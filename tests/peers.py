"""Programs that the tests talk to, from Debian's packages: which are here, whether they run, what brings them.

`make peers` installs those that are missing where it may: as root, on Debian. What a Python package can bring is none
of them: that is in an extra of pyproject.toml.
"""

import functools
import inspect
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import playwright
import pytest

from local.probe import said

TOLD_LINES = 5
"""Of what apt-get printed last, when it failed."""


@dataclass(frozen=True)
class Peer:
    """A program."""

    name: str
    packages: tuple[str, ...]
    """Debian's, of which the first has the program."""
    asks: tuple[str, ...] = ("--version",)
    """Arguments with which it says something and ends."""
    file: str = ""
    """What it is called on the disk, where that is not its name."""

    def path(self) -> str | None:
        """Where it is, whether it runs or not."""
        return shutil.which(self.file or self.name, path=os.pathsep.join(_folders()))

    @functools.cached_property
    def fault(self) -> str:
        """What is wrong with it; empty where it runs. It is asked once."""
        path = self.path()
        if path is None:
            return f"{self.name} is not on this machine"
        return "" if said(path, *self.asks) is not None else f"{path} does not run"


PEERS = (
    *(Peer(name, ("dcmtk",)) for name in ("storescu", "echoscu", "dcmcjpeg", "dcmcjpls", "dcmcrle", "dcmconv")),
    Peer("curl", ("curl",)),
    Peer("Orthanc", ("orthanc", "orthanc-dicomweb")),
    Peer("dciodvfy", ("dicom3tools",), ("-version",)),
    Peer("initdb", ("postgresql",)),
    Peer("chromium", ("chromium",)),
    Peer("firefox-esr", ("firefox-esr",)),
    # Debian's chromium does not bring what the node in Playwright's wheel is linked with.
    Peer("playwright", ("libatomic1",), file=str(Path(inspect.getfile(playwright)).parent / "driver" / "node")),
    Peer("prometheus", ("prometheus",)),
    Peer("rsyslogd", ("rsyslog", "rsyslog-gnutls"), ("-v",)),
    Peer("promtool", ("prometheus",)),
    Peer("ip", ("iproute2",), ("-Version",)),
    Peer("mmdebstrap", ("mmdebstrap",)),
    Peer("openssl", ("openssl",), ("version",)),
    *(Peer(name, (name,)) for name in ("runc", "iptables", "slirp4netns")),
)
"""Those of the tests."""

TRIALS = (Peer("cc", ("gcc", "libc6-dev")),)
"""Those that programs under tests want, and no test does."""


def why_not(*names: str) -> str:
    """Why these cannot be talked to here, and what would change that; empty where all run."""
    faults = [peer for peer in map(_named, names) if peer.fault]
    packages = dict.fromkeys(package for peer in faults for package in peer.packages)
    return f"{', '.join(peer.fault for peer in faults)}: apt-get install {' '.join(packages)}" if faults else ""


def needs(*names: str) -> pytest.MarkDecorator:
    """A mark for tests that are skipped where one of these does not run."""
    return pytest.mark.skipif(bool(reason := why_not(*names)), reason=reason or "all run")


def program(name: str) -> str:
    """Where it is; the test is skipped where it does not run."""
    if reason := why_not(name):
        pytest.skip(reason)
    return path(name)


def path(name: str) -> str:
    """Where it is.

    Raises:
        FileNotFoundError: it does not run here.
    """
    found = _named(name).path()
    if found is None or _named(name).fault:
        raise FileNotFoundError(why_not(name))
    return found


def main(names: list[str]) -> int:
    """Install the packages of those that do not run, or of these; what cannot be had is said, and is no failure."""
    wanted = [_named(name) for name in names] or list(PEERS)
    missing = [package for peer in wanted if peer.fault for package in peer.packages]
    packages = list(dict.fromkeys(missing))
    if not packages:
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"  packages      installing {' '.join(packages)}", flush=True)
        _install(packages)
        wanted = [Peer(peer.name, peer.packages, peer.asks, peer.file) for peer in wanted]  # which ask anew
    if faults := [peer for peer in wanted if peer.fault]:
        still = dict.fromkeys(package for peer in faults for package in peer.packages)
        print(f"  packages      {', '.join(peer.fault for peer in faults)}. What needs it is skipped.")
        print(f"                Debian: apt-get install {' '.join(still)}")
    return 0


def _install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}  # no server is started
    for words in (["update", "-qq"], ["install", "-qq", "--no-install-recommends", *packages]):
        command = ["apt-get", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stdout + done.stderr).splitlines()[-TOLD_LINES:]
            print("\n".join(f"                {line}" for line in last))


def _named(name: str) -> Peer:
    return next(peer for peer in (*PEERS, *TRIALS) if peer.name == name)


def _folders() -> Iterator[str]:
    """Where programs are: also those of servers, which Debian does not put on everybody's PATH; the newest first."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    yield from map(str, sorted(versions, key=lambda folder: int(folder.parent.name), reverse=True))
    yield os.environ.get("PATH", os.defpath)
    yield "/usr/sbin"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
