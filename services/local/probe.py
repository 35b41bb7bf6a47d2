"""Programs that a machine may have, lack, or have in a state in which they do not run."""

import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

Candidate = TypeVar("Candidate")

ANSWERS_WITHIN_S = 20
"""Far above what any program takes to say its version, on a machine that is busy."""


class NoneFitsError(Exception):
    """No candidate runs and is new enough; the message lists them, each with what is wrong with it."""


def first(candidates: Iterable[Candidate], version: Callable[[Candidate], int | None], oldest: int) -> Candidate:
    """The first that runs and is new enough.

    Args:
        candidates: best first.
        version: asks a candidate for its major version; None where it does not run.
        oldest: the lowest major version that will do.

    Raises:
        NoneFitsError: there is none.
    """
    tried = []
    for candidate in candidates:
        found = version(candidate)
        if found is not None and found >= oldest:
            return candidate
        tried.append(f"{candidate} ({'does not run' if found is None else f'version {found}'})")
    raise NoneFitsError(", ".join(tried) or "none, not even a package's")


def said(*command: str | Path, environment: Mapping[str, str] | None = None) -> str | None:
    """What a program prints; None where it is not there, does not run, fails, or does not end in ANSWERS_WITHIN_S."""
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=ANSWERS_WITHIN_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def major(pattern: str, text: str | None) -> int | None:
    """The major version in what a program said: the pattern's first group; None where it said none."""
    found = re.search(pattern, text or "")
    return int(found[1]) if found else None
