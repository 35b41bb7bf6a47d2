"""Programs that the stack runs and that are not Python's: which of this machine's it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.java import java_home
from local.valkey import valkey_server


@dataclass(frozen=True)
class Runtimes:
    """Chosen once, when a stack is brought up."""

    java: Path
    """The folder above bin/java."""
    valkey: Path
    """The server's program."""

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> Self:
        """Those that will do.

        Raises:
            NoJavaError, NoValkeyError: there is none that runs and is new enough.
        """
        return cls(java_home(environment), valkey_server(environment))
