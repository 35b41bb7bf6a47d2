"""A sandbox for an engine: a network, mounts and processes of its own, which all end with it, or with whoever made it.

Docker's bridges, firewall rules, published ports and containers are within it: this machine never sees them. Its way
out, to the package registries, goes through slirp4netns, which needs no rule of this machine's either.
"""

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tests import peers
from tests.trials.containers.errors import ContainersError

PEERS = ("runc", "iptables", "slirp4netns", "mmdebstrap", "ip")
"""Debian's, beside the engine, which is unpacked and never installed."""

SPACES = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private")
TUN = Path("/dev/net/tun")
CONTROLS = Path("/sys/fs/cgroup")
FIRST = Path(__file__).with_name("first.sh")
READY_S = 30
EMPTY_WITHIN_S = 60


def unable() -> str:
    """Why there can be none here; empty where there can."""
    if os.geteuid() != 0:
        return "an engine is run by root alone"
    if reason := peers.why_not(*PEERS):
        return reason
    if not TUN.exists():
        return f"no network of its own here: there is no {TUN}"
    told = subprocess.run(["unshare", *SPACES, "true"], capture_output=True, text=True, check=False)
    return f"no namespaces here: {told.stderr.strip()}" if told.returncode else ""


def run(init: Path, command: Sequence[str | Path]) -> int:
    """Run a program in a sandbox; its exit code. Nothing that it started is there when this returns.

    Args:
        init: docker-init (tini), the sandbox's first process.
        command: a program that ends when its input does.
    """
    with ExitStack() as ending:
        whole = ["unshare", *SPACES, init, "--", "sh", FIRST, *command]
        running = subprocess.Popen(whole, stdin=subprocess.PIPE, text=True, start_new_session=True)  # no Ctrl-C for it
        ending.callback(_end, running)
        ending.enter_context(_network(_first(running)))
        assert running.stdin
        running.stdin.write("go\n")
        running.stdin.flush()
        return running.wait()


def controls(folder: Path) -> str:
    """The control group of the containers of a trial in a folder."""
    return f"cxr-containers-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"


def sweep(group: str) -> None:
    """Remove the control groups of containers that were killed with their sandbox: the kernel keeps the empty ones.

    Raises:
        ContainersError: a process is still in one.
    """
    end = time.monotonic() + EMPTY_WITHIN_S
    folders = [Path(each) for top in CONTROLS.glob(f"*/{group}") for each, _, _ in os.walk(top, topdown=False)]
    for folder in folders:
        while folder.exists():
            try:
                folder.rmdir()
            except OSError as error:  # those that were killed are not all gone yet
                if time.monotonic() > end:
                    raise ContainersError(f"{folder} cannot be removed: {error}") from error
                time.sleep(0.1)


def _first(running: "subprocess.Popen[str]") -> int:
    """The process id of the first process, as this machine sees it."""
    children = psutil.Process(running.pid).children
    while not (found := children()):
        if running.poll() is not None:
            raise ContainersError(f"the sandbox ended with {running.returncode} before it began")
    return int(found[0].pid)


@contextmanager
def _network(process: int) -> Iterator[None]:
    """A way out for the namespace of a process."""
    told, telling = os.pipe()
    ending, living = os.pipe()  # whose other end the kernel closes when we end, however we do
    with os.fdopen(told, "rb") as ready, os.fdopen(living, "wb"):
        # Not back to what listens on this machine's loopback: others' services are there.
        words = [
            "--configure",
            "--mtu=65520",
            "--disable-host-loopback",
            f"--ready-fd={telling}",
            f"--exit-fd={ending}",
        ]
        command = [peers.path("slirp4netns"), *words, str(process), "tap0"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        leading = subprocess.Popen(command, pass_fds=(telling, ending), **quiet)  # type: ignore[call-overload]
        os.close(telling)
        os.close(ending)
        try:
            if ready.read(1) != b"1":
                raise ContainersError("slirp4netns gives the sandbox no network")
            yield
        finally:
            leading.terminate()
            leading.wait(READY_S)


def _end(running: "subprocess.Popen[str]") -> None:
    """Its first process goes, and the kernel ends all others with it."""
    running.kill()
    running.wait()
    assert running.stdin
    running.stdin.close()
