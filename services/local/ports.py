"""Which port each process listens on, and who is there already."""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, replace
from itertools import cycle, islice
from random import SystemRandom
from typing import Any, Self

import psutil

from local.errors import PortTakenError, StackError
from vocabulary.problems.known import SERVED

LOOPBACK = "127.0.0.1"
GATEWAY_PORT = 8000
REVIEW_PORT = 8100
DICOM_PORT = 11112
"""The listener's. Source: IANA's registered port for DICOM."""
FIRST_PORT = 7060
"""Valkey's; the stages' come after it, a decade each: 7070, 7080 and 7090 are their gRPC inference APIs. The one after
Valkey's is the listener's HTTP door."""
FURTHER = 100
"""From one TorchServe of a stage to the next: the classifier's second is at 7190, unless somebody listens there."""
HIGHEST_PORT = 65535
QUIET = range(12_000, 32_000)
"""Ports that no outgoing connection takes between the look and the use: Linux takes those from 32,768 on."""
_at = SystemRandom().randrange(len(QUIET))
_quiet = cycle((*QUIET[_at:], *QUIET[:_at]))


@dataclass(frozen=True)
class StagePorts:
    """Where one TorchServe listens; the gateway calls grpc, people look at the others."""

    grpc: int
    http: int
    metrics: int


@dataclass(frozen=True)
class Ports:
    """Where everything listens, on loopback."""

    gateway: int
    review: int
    """Where doctors look."""
    valkey: int
    scp: int
    """Where films are received over DICOM."""
    door: int
    """Where the gateway hands over films to the listener."""
    stages: dict[str, StagePorts]
    """By process name; the first replica's, which is called as its stage, is always there."""

    @classmethod
    def default(cls, environment: Mapping[str, str]) -> Self:
        """Those of `make up`: CXR_PORT, CXR_REVIEW_PORT, CXR_SCP_PORT, CXR_FIRST_PORT, or 8000, 8100, 11112, 7060."""
        gateway = _port(environment, "CXR_PORT", GATEWAY_PORT)
        review = _port(environment, "CXR_REVIEW_PORT", REVIEW_PORT)
        dicom = _port(environment, "CXR_SCP_PORT", DICOM_PORT)
        first = _port(environment, "CXR_FIRST_PORT", FIRST_PORT)
        decades = range(first + 10, first + 10 * (len(SERVED) + 1), 10)
        stages = {stage: _three(range(at, at + 3)) for stage, at in zip(SERVED, decades, strict=True)}
        return cls(gateway, review, first, dicom, first + 1, stages)

    @classmethod
    def free(cls) -> Self:
        """Ports that nobody listens on just now: for tests, which run beside anything."""
        gateway, review, valkey, dicom, door, *others = any_free(5 + 3 * len(SERVED))
        threes = (others[at : at + 3] for at in range(0, len(others), 3))
        stages = {stage: _three(three) for stage, three in zip(SERVED, threes, strict=True)}
        return cls(gateway, review, valkey, dicom, door, stages)

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        """What asdict made of it."""
        stages = {stage: StagePorts(**ports) for stage, ports in stored["stages"].items()}
        return cls(**stored | {"stages": stages})

    def holding(self, replicas: Mapping[str, str]) -> Self:
        """These ports, with room for exactly these replicas of the stages: process name to stage.

        Those that have ports keep them. Each other one listens FURTHER above its stage's first, or twice as far and so
        on, where nobody listens.
        """
        held = {stage: self.stages[stage] for stage in SERVED}
        held |= {name: self.stages[name] for name in replicas if name in self.stages}
        taken = set(replace(self, stages=held).named(("gateway", "valkey", "scp", "review", *held)))
        for name, stage in replicas.items():
            if name not in held:
                held[name] = _above(self.stages[stage], taken)
                taken |= set(astuple(held[name]))
        return replace(self, stages=held)

    def named(self, processes: Iterable[str]) -> dict[int, str]:
        """Each port of these processes, with the name of what should listen there."""
        single = [("gateway", "", self.gateway), ("valkey", "", self.valkey), ("scp", "", self.scp)]
        single += [("scp", " (HTTP)", self.door), ("review", "", self.review)]
        named = {port: process + what for process, what, port in single if process in processes}
        for stage, ports in self.stages.items():
            if stage in processes:
                named |= {port: f"{stage} ({what})" for what, port in asdict(ports).items()}
        return named


def check_free(named: Mapping[int, str]) -> None:
    """Refuse to start where somebody else listens.

    Raises:
        PortTakenError: says the port, who has it and how to choose another.
    """
    for port, process in named.items():
        if not is_free(port):
            own = {"gateway": "CXR_PORT", "review": "CXR_REVIEW_PORT", "scp": "CXR_SCP_PORT"}.get(process)
            choose = f"{own}={port + 1}" if own else f"CXR_FIRST_PORT={FIRST_PORT + 1000}"
            raise PortTakenError(
                f"Port {port}, where the {process} should listen, is taken by {_listener(port)}. "
                f"Stop that process, or choose another port: {choose} make demo"
            )


def is_free(port: int) -> bool:
    """Whether nobody listens on the port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just closed is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free(count: int) -> list[int]:
    """Different ports of QUIET that nobody listens on just now, and that this process was not given before.

    So no call gives a port on which the caller before has not begun to listen yet; and of two processes hardly one.
    """
    return list(islice(filter(is_free, _quiet), count))


def _above(first: StagePorts, taken: set[int]) -> StagePorts:
    """The three ports above a stage's first that are free and not meant for others."""
    for distance in range(FURTHER, HIGHEST_PORT - max(astuple(first)), FURTHER):
        three = [port + distance for port in astuple(first)]
        if not taken & set(three) and all(map(is_free, three)):
            return _three(three)
    return _three(any_free(3))  # so near to the highest port, there is nothing above


def _listener(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        if listens and connection.pid is not None and psutil.pid_exists(connection.pid):
            return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "another process (of another user)"


def _three(ports: Iterable[int]) -> StagePorts:
    return StagePorts(*ports)


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65000:
        raise StackError(f"{name}={text} is not a port: use a number from 1 to 64999.")
    return int(text)
