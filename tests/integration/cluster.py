"""A cluster in small: each pod in a network namespace with an address of its own, and a name that is several of them.

Every pod has a cable to the gateway's namespace, and that one to ours: nothing is forwarded, nobody else is reached.
Namespaces outlive the run that made them if it is killed: the next one ends them, and takes no address that is taken.
"""

import os
import re
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests import peers
from tests.integration.processes import Process

HUB = 0
"""The gateway's."""

_NUMBERS = count()
"""A process's clusters: the kernel takes the cables of one down some time after its end, and their names stay taken."""

RESOLVERS = Path("/etc/netns")
"""Where `ip netns exec` takes a namespace's resolv.conf from. Source: ip-netns(8)."""


def unable() -> str:
    """Why this machine cannot; empty where it can."""
    if reason := peers.why_not("ip"):
        return reason
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = f"cxr{os.getpid()}-probe"
    told = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if told.returncode:
        return f"no network namespaces here: {told.stderr.strip()}"
    _ip("netns", "del", probe)
    return ""


class Cluster:
    """Its namespaces are gone when it is left."""

    def __init__(self, folder: Path) -> None:
        self._own = next(_NUMBERS)
        self._pods: list[int] = []
        self._outside = 0
        self._names = folder / "names"
        self._names.write_text("")

    def __enter__(self) -> Self:
        sweep()
        self._outside = _free_outside()
        try:
            self._add_hub()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pod in self._pods:
            _forget(self._namespace(pod))

    def pod(self, number: int) -> list[str]:
        """A new pod: what a command starts with that is to run in it."""
        self._add(number)
        self._cable(number, HUB)
        return self.within(number)

    def within(self, pod: int) -> list[str]:
        """What a command starts with that is to run in a pod."""
        return ["ip", "netns", "exec", self._namespace(pod)]

    def address(self, pod: int) -> str:
        """Of a pod, as the gateway reaches it; of the gateway, as we do. Source: RFC 2544, addresses for tests."""
        return f"{self._net(pod)}.2"

    def serve_names(self, folder: Path) -> Process:
        """DNS, in the gateway's namespace."""
        server = Path(__file__).parent / "names.py"
        return Process([*self.within(HUB), sys.executable, server, "127.0.0.1", self._names], {}, folder)

    def name(self, named: dict[str, list[int]]) -> None:
        """Which pods each name stands for from now on, as a headless Service's name stands for those that are ready."""
        lines = [f"{self.address(pod)} {name}\n" for name, pods in named.items() for pod in pods]
        new = self._names.with_suffix(".new")
        new.write_text("".join(lines))
        new.replace(self._names)

    def _add_hub(self) -> None:
        self._add(HUB)
        resolver = RESOLVERS / self._namespace(HUB)
        resolver.mkdir(parents=True)
        (resolver / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1\n")
        self._cable(HUB, None)

    def _add(self, pod: int) -> None:
        _ip("netns", "add", self._namespace(pod))
        self._pods.append(pod)
        _ip("-n", self._namespace(pod), "link", "set", "lo", "up")

    def _cable(self, pod: int, other: int | None) -> None:
        """Between a pod and another, or us."""
        run = f"{os.getpid()}.{self._own}.{pod}"
        ends = f"c{run}", f"p{run}"  # 15 letters at most
        _ip("link", "add", ends[0], "type", "veth", "peer", "name", ends[1])
        there = [] if other is None else ["-n", self._namespace(other)]
        if there:
            _ip("link", "set", ends[0], "netns", self._namespace(other or HUB))
        _ip("link", "set", ends[1], "netns", self._namespace(pod))
        for at, end, host in ((there, ends[0], 1), (["-n", self._namespace(pod)], ends[1], 2)):
            _ip(*at, "addr", "add", f"{self._net(pod)}.{host}/30", "dev", end)
            _ip(*at, "link", "set", end, "up")

    def _net(self, pod: int) -> str:
        """Pods' addresses are seen in the gateway's namespace alone; the gateway's own in ours, with other runs'."""
        return f"198.19.{self._outside}" if pod == HUB else f"198.18.{pod}"

    def _namespace(self, pod: int) -> str:
        return f"cxr{os.getpid()}-{self._own}-{pod}"


def sweep() -> None:
    """End the namespaces of runs that have ended without it."""
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0]
        found = re.fullmatch(r"cxr(\d+)-[\w-]+", name)
        if found and not psutil.pid_exists(int(found[1])):
            _forget(name)


def _forget(namespace: str) -> None:
    """Delete a namespace, its cables with it, and where it would look names up."""
    _ip("netns", "del", namespace)
    shutil.rmtree(RESOLVERS / namespace, ignore_errors=True)
    if RESOLVERS.exists() and not any(RESOLVERS.iterdir()):
        RESOLVERS.rmdir()


def _free_outside() -> int:
    """The lowest number whose network nobody on this machine has an address in."""
    taken = _ip("-oneline", "-4", "addr")
    return next(number for number in range(256) if f" 198.19.{number}." not in taken)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
