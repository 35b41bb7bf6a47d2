"""What was done, line after line; each holds the digest of the one before, so that none can be taken out unseen."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from learning.errors import LearningError
from vocabulary.problems.chest import CHEST

FILE = "ledger.jsonl"

Entry = dict[str, Any]


def add(folder: Path, what: str, **facts: Any) -> None:
    """Append a line, on the disk when this returns.

    Raises:
        LearningError: the ledger was changed.
    """
    entries = read(folder)
    previous = _digest(entries[-1]) if entries else ""
    entry = {"at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "what": what, **facts, "previous": previous}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(_line(entry))
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> list[Entry]:
    """All lines.

    Raises:
        LearningError: one is missing or was changed.
    """
    path = folder / FILE
    if not path.exists():
        return []
    entries: list[Entry] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
        except ValueError as error:
            raise LearningError(f"{path}: line {number} is damaged") from error
        if entry["previous"] != (_digest(entries[-1]) if entries else ""):
            raise LearningError(f"{path}: line {number} does not follow the one before: something was changed")
        entries.append(entry)
    return entries


def taught(folder: Path, problem: str = CHEST.name) -> set[str]:
    """The patients of all lessons of a problem: they judge its lessons no more. Raises as read."""
    own = (entry for entry in read(folder) if entry["what"] == "teach" and entry.get("problem", CHEST.name) == problem)
    return {name for entry in own for name in entry["patients"]}


def _line(entry: Entry) -> str:
    return json.dumps(entry, sort_keys=True) + "\n"


def _digest(entry: Entry) -> str:
    return hashlib.sha256(_line(entry).encode()).hexdigest()
