"""What a contender is: how it is started, and how its users ask it. All get the same cores, archives and films."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.trials.bench.errors import MeasurementError
from tests.trials.compare.users import Ask, Connection

READY_TIMEOUT_S = 180
"""Source: Ray Serve was seen to take a minute on two busy cores."""


@dataclass(frozen=True)
class Running:
    """A contender that has answered its first film."""

    ready_s: float
    user: Callable[[], Ask]
    """Makes one more user's way to ask it."""
    memory_mb: Callable[[], float]


@dataclass(frozen=True)
class Setting:
    """What all have in common."""

    unpacked: Path
    archives: Path
    environments: Path
    logs: Path
    cores: int
    film: bytes
    """With which it is found out whether one is ready."""


@dataclass(frozen=True)
class Contender:
    """Somebody to compare."""

    name: str
    run: Callable[[Setting], contextlib.AbstractContextManager[Running]]
    version: str = ""
    glue: int | None = None
    """Lines that join the library to the work; None where there is no such library."""


def asking(connection: Connection) -> Ask:
    """A user with a connection of its own."""

    def ask(film: bytes) -> dict[str, Any]:
        status, body = connection.post(film)
        if status != 200:
            raise MeasurementError(f"answered {status}: {body[:300].decode(errors='replace')}")
        answer: dict[str, Any] = json.loads(body)
        return answer

    return ask
