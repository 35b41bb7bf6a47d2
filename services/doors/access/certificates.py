"""Client certificates: who a TLS connection comes from, and what that caller may do."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from doors.access.caller import OURS, Caller, Right
from doors.access.errors import UnauthenticatedError

STATE = "certificate"
"""Of a request's state: the common name of its connection's client certificate, checked by TLS."""


class _Client(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    scopes: frozenset[Right]


class _Clients(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    clients: dict[str, _Client]


class Certificates:
    """Which callers there are, by the common name of their certificates."""

    def __init__(self, clients: Mapping[str, frozenset[Right]]) -> None:
        self._clients = clients

    @classmethod
    def read(cls, path: Path) -> "Certificates":
        """A YAML file: clients, each a common name with its scopes.

        Raises:
            ValueError: it cannot be read; says what is wrong.
        """
        try:
            found = _Clients.model_validate(yaml.safe_load(path.read_text()))
        except (OSError, yaml.YAMLError) as error:
            raise ValueError(f"{path}: {error}") from error
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise ValueError(f"{path}: {wrong}") from error
        if OURS in found.clients:
            raise ValueError(f"{path}: {OURS} is the name of our own services")
        return cls({name: client.scopes for name, client in found.clients.items()})

    def caller(self, scope: Scope) -> Caller | None:
        """Who a connection with a certificate comes from; None where it has none.

        Raises:
            UnauthenticatedError: it is nobody's whom the file names.
        """
        name = scope.get("state", {}).get(STATE)
        if not name:
            return None
        if name not in self._clients:
            raise UnauthenticatedError("the client certificate is of nobody who is known here")
        return Caller(name, self._clients[name])


class CertifiedProtocol(HttpToolsProtocol):
    """uvicorn's, which leaves out who the client is: it is put into the state of each of the connection's requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Source: uvicorn copies app_state into the state of every request."""
        super().connection_made(transport)
        certificate: dict[str, Any] = transport.get_extra_info("peercert") or {}
        named = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
        self.app_state: dict[str, Any] = {**self.app_state, STATE: named[0] if len(named) == 1 else ""}
