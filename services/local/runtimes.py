"""Programs that the stack runs and that are not Python's: which of this machine's it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local import java_cache
from local.java import java_home
from local.valkey import valkey_server


@dataclass(frozen=True)
class Runtimes:
    """Chosen once, when a stack is brought up."""

    java: Path
    """The folder above bin/java."""
    valkey: Path
    """The server's program."""
    java_cache: Path | None = None
    """What Java keeps of a rehearsal, where there was one."""

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> Self:
        """Those that will do.

        Raises:
            NoJavaError, NoValkeyError: there is none that runs and is new enough.
        """
        java = java_home(environment)
        return cls(java, valkey_server(environment), java_cache.chosen(java, environment))
