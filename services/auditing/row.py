"""One row of an audit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Row:
    """Something that was done."""

    at: datetime
    who: str | None
    """Did it; None: somebody who is not known, or the system."""
    action: str
    """What was done, such as film.view."""
    about: str | None = None
    """The film or assessment that it was done to, by our own name for it."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to know, as JSON; never a comment, or what a patient is called."""

    def canonical(self, number: int) -> str:
        """The same text for the same row, from wherever it is kept."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        told = [number, at, self.who, self.action, self.about, self.detail]
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


@dataclass(frozen=True)
class Sealed:
    """A row in its place in the chain."""

    number: int
    seal: str | None
    """Its HMAC, as hex; None in a row that something else has written."""
    row: Row
