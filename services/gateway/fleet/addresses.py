"""Where the replicas of a stage are: a list of host:port, and of names that stand for several."""

import asyncio
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import structlog

log = structlog.get_logger()

SCHEME = "dns:///"
"""Before a name whose every address is a replica. Source: gRPC's name syntax (grpc/doc/naming.md)."""

RESOLVE_S = 2.0
"""How often names are looked up. Source: a cluster's resolver answers in milliseconds; new replicas are wanted soon."""

TARGET = re.compile(r"(dns:///)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")


@dataclass(frozen=True)
class Addresses:
    """What a setting says."""

    listed: tuple[str, ...]
    """host:port: each is a replica."""
    named: tuple[tuple[str, int], ...] = ()
    """Names and ports: each address of a name is a replica."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "host:port,dns:///name:port,...".

        Raises:
            ValueError: it is something else, or empty.
        """
        listed, named = [], []
        for each in text.split(","):
            found = TARGET.fullmatch(each.strip())
            if not found or not 0 < int(found[3]) < 65536:
                raise ValueError(f"{each.strip() or 'nothing'} is neither host:port nor {SCHEME}name:port")
            if found[1]:
                named.append((found[2].strip("[]"), int(found[3])))
            else:
                listed.append(f"{found[2]}:{found[3]}")
        return cls(tuple(listed), tuple(named))

    async def resolve(self, known: Mapping[str, str | None]) -> dict[str, str | None]:
        """host:port of every replica now, to the name that its certificate is for, where that is not the address's.

        What was known before stays where a name cannot be looked up: a resolver that fails says nothing of replicas.
        """
        found: dict[str, str | None] = dict.fromkeys(self.listed)
        for name, port in self.named:
            try:
                told = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
            except OSError as error:
                log.warning("name not found", name=name, error=type(error).__name__)
                return dict(known) or found
            found |= {_target(str(address[4][0]), port): name for address in told}
        return found


def _target(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
