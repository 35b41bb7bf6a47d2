"""Who changed what the releases are for, when and why: a line of JSON each, beside the file of releases."""

import getpass
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

SUFFIX = ".audit.jsonl"
"""Ends the name of the audit of a file of releases. Nothing here shortens it, a rollback neither."""


def append(releases: Path, entry: Mapping[str, object]) -> None:
    """Add who and when to an entry, and have it on disk before this returns.

    Raises:
        OSError: it cannot be written.
    """
    when = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"time": when, "by": _login(), "uid": os.getuid(), **entry}, ensure_ascii=False)
    with releases.with_name(releases.name + SUFFIX).open("a") as file:
        file.write(f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def _login() -> str:
    """The environment's or the system's name of the user; in a container there may be none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
