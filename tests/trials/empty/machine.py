"""A machine on which nothing is installed: a Debian with the packages that the README names and no more.

with EmptyMachine() as machine:
    machine.clone(ROOT)
    machine.run("make demo", CXR_PORT="8001")

It has a disk, processes and mounts of its own, and all of them end with it, or with whoever made it. The network is
this machine's, and so is the way to the package registries: what pip is told here, and certificates, are told there.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from ast import literal_eval
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psutil

from local.places import ROOT
from tests import peers

SUITE = "bookworm"
"""Debian 12, whose Python is the one that the product runs on."""

HOME = "/root"
CLONE = f"{HOME}/cxr-cascade"
OWN = {"HOME": HOME, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
CARRIED = re.compile(r"PIP_|npm_config_|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|.*_proxy$", re.IGNORECASE)
"""What of the environment says how packages are fetched here."""

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
IN_MEMORY_BYTES = 16_000_000_000
"""Of free memory: with so much the disk, of 4 GB, is in memory too, where files are written and removed faster."""

MAX_COMMAND_S = 3600


def unable() -> str:
    """Why there can be none here; empty where there can."""
    if os.geteuid() != 0:
        return "an empty machine is made by root alone"
    if reason := peers.why_not("mmdebstrap"):
        return reason
    command = ["unshare", "--mount", "--pid", "--fork", "true"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"no namespaces here: {told.stderr.strip()}" if told.returncode else ""


def packages() -> list[str]:
    """Debian's, as the README names them."""
    found = re.search(r"`apt-get install ([^`]*)`", (ROOT / "README.md").read_text())
    assert found, "the README does not say what to install"
    return found[1].split()


class EmptyMachine:
    """Gone when it is left."""

    def __init__(self) -> None:
        self._environment = OWN | fetching()
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        with self._ending:
            spacious = MEMORY.is_dir() and psutil.virtual_memory().available > IN_MEMORY_BYTES
            place = tempfile.TemporaryDirectory(prefix="cxr-empty-", dir=MEMORY if spacious else None)
            self.disk = Path(self._ending.enter_context(place)) / "disk"
            self._install()
            self._first = self._start()
            self._ending = self._ending.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.close()

    def clone(self, repository: Path) -> None:
        """The commit that is checked out, and nothing that is not committed."""
        command = ["git", "clone", "--quiet", "--no-hardlinks", repository, f"{self.disk}{CLONE}"]
        subprocess.run(command, check=True)

    def command(self, command: str, **environment: str) -> list[str]:
        """What runs a shell command there, in the clone."""
        assigned = [f"{name}={value}" for name, value in (self._environment | environment).items()]
        within = ["nsenter", "--target", str(self._first), "--mount", "--pid", "--root"]
        started = ["env", "--chdir=/", "--ignore-environment", *assigned, "sh", "-c"]
        return [*within, *started, f"cd {shlex.quote(CLONE)} && {command}"]

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command there, in the clone; what it prints on both streams comes as one."""
        return subprocess.run(
            self.command(command, **environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=MAX_COMMAND_S,
            check=False,
        )

    def processes(self) -> list[str]:
        """The command lines of all that runs there, but for its first process."""
        others = [each for each in psutil.process_iter(["cmdline"]) if each.pid != self._first]
        space = _space(self._first)
        return [" ".join(each.info["cmdline"]) for each in others if each.info["cmdline"] and _space(each.pid) == space]

    def _install(self) -> None:
        wanted = ["--variant=minbase", f"--include={','.join(packages())}"]
        fast = ["--dpkgopt=force-unsafe-io", "--aptopt=Acquire::Languages none"]
        command = ["mmdebstrap", "--quiet", *wanted, *fast, SUITE, self.disk]
        subprocess.run(command, check=True, env=self._environment)
        shutil.copy("/etc/resolv.conf", self.disk / "etc" / "resolv.conf")
        for path in fetched_from(self._environment):
            if path.is_file():  # such as certificates, which the machine's own packages may change there
                (copy := Path(f"{self.disk}{path}")).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy)

    def _start(self) -> int:
        """The process id of its first process, as this machine sees it."""
        spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
        seen = [path for path in fetched_from(self._environment) if path.is_dir()]
        command = [*spaces, "sh", Path(__file__).with_name("first.sh"), self.disk, *seen]
        running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._ending.enter_context(running)  # closes its input, at which the first process ends, and with it all others
        assert running.stdout and running.stdout.readline() == "up\n", "the machine does not come up"
        return int(psutil.Process(running.pid).children()[0].pid)


def fetching() -> dict[str, str]:
    """The environment that tells pip, npm and others what they are told here."""
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    pairs = re.findall(r"^[^.]*\.([\w-]+)=('.*')$", told.stdout, re.MULTILINE)
    of_pip = {f"PIP_{name.upper().replace('-', '_')}": " ".join(literal_eval(value).split()) for name, value in pairs}
    return of_pip | {name: value for name, value in os.environ.items() if CARRIED.match(name)}


def fetched_from(environment: dict[str, str]) -> list[Path]:
    """Files and folders of this machine that what says how packages are fetched names, none of which lies in another.

    Of a package index in a folder it is the folder above, since an index leads to files beside itself.
    """
    words = {word for name, value in environment.items() if name not in OWN for word in value.split()}
    named = {Path(urlsplit(word).path).parent if word.startswith("file://") else Path(word) for word in words}
    there = sorted(path for path in named if path.is_absolute() and path.exists())
    return [path for path in there if not set(path.parents) & set(there)]


def _space(process: int) -> int | None:
    """The number of a process's namespace; None where it has just ended."""
    try:
        return Path(f"/proc/{process}/ns/pid").stat().st_ino
    except OSError:
        return None
