"""What a backup says of itself: the last file in it, so that one that was cut short has none."""

import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = "manifest.json"
FORMAT = 1
"""Of what this version writes, and the newest that it reads."""


class Kept(BaseModel):
    """A file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int
    """Bytes."""
    sha256: str
    """Hex."""


class KeptDatabase(BaseModel):
    """A database."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    kind: Literal["sqlite", "postgresql"]
    schema_revision: str | None
    """The migration that its tables are of; None where there are no tables."""


class Manifest(BaseModel):
    """Of a backup."""

    format: int = FORMAT
    made: datetime = Field(default_factory=lambda: datetime.now(UTC))
    """When it was begun: what came later may be missing."""
    versions: dict[str, str] = Field(
        default_factory=lambda: {
            "cxr-cascade": version("cxr-cascade"),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        }
    )
    databases: dict[str, KeptDatabase] = {}
    counts: dict[str, int] = {}
    """Films, opinions and so on."""
    left_out: list[str] = []
    """What somebody might look for and is not in it, and why; each is a sentence."""
    files: dict[str, Kept] = {}
    """Every other file of the archive, by its name."""
