"""What is left of who was forgotten: a file that is only added to, and that is applied again after a restore.

A backup from before still holds them. So the file has to outlive a restore: it goes with its key into the folder that
was restored (`Tombstones.adopt`), and then all in it are forgotten once more. It holds keyed names, times and reasons.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from erasure.names import KEY, Identity, Keyed

FILE = "forgotten.jsonl"
"""In a service's folder: a line for each time that somebody was forgotten."""


@dataclass(frozen=True)
class Tombstone:
    """Of one forgetting."""

    at: datetime
    names: tuple[str, ...]
    """Keyed: erasure.names."""
    reason: str = ""
    by: str = ""

    def covers(self, names: frozenset[str], since: datetime) -> bool:
        """Whether it means a film that has been here since then: what came later is a new film."""
        return since <= self.at and not names.isdisjoint(self.names)


@dataclass(frozen=True)
class Tombstones:
    """Of one service's folder."""

    folder: Path

    @property
    def keyed(self) -> Keyed:
        """Makes the names of this folder. Raises ValueError, OSError."""
        return Keyed.kept(self.folder)

    def add(self, stone: Tombstone) -> None:
        """Write one; it is on the disk when this returns. Raises OSError."""
        told = {"at": stone.at.isoformat(), "names": list(stone.names), "reason": stone.reason, "by": stone.by}
        self._append([json.dumps(told)])

    def read(self) -> list[Tombstone]:
        """All of them, the oldest first.

        Raises:
            ValueError: the file is damaged.
            OSError: it cannot be read.
        """
        return [_parsed(line) for line in self._lines()]

    def cover(self, film: Identity, since: datetime) -> bool:
        """Whether a film that has been here since then was forgotten. Raises as read."""
        stones = self.read()
        names = self.keyed.all_of(film) if stones else frozenset()
        return any(each.covers(names, since) for each in stones)

    def adopt(self, other: Path) -> None:
        """Take over those of another folder, with their key where nobody was forgotten here: of before a restore.

        Its own are there already: that changes nothing.

        Raises:
            ValueError: in both some were forgotten, and not with the same key; or a file is damaged.
            OSError: a file can be neither read nor written.
        """
        if other.resolve() == self.folder.resolve():
            return
        theirs, lines = Tombstones(other), Tombstones(other)._lines()
        theirs.read()
        if lines and not self._lines():
            shutil.copyfile(other / KEY, self.folder / KEY)
            (self.folder / KEY).chmod(0o600)
        if lines and theirs.keyed != self.keyed:
            raise ValueError(f"{self.folder / KEY}: not the key that the tombstones in {other} were made with")
        here = set(self._lines())
        self._append([line for line in lines if line not in here])

    def _lines(self) -> list[str]:
        try:
            text = (self.folder / FILE).read_text()
        except FileNotFoundError:
            return []
        return [line for line in text.splitlines() if line]

    def _append(self, lines: Iterable[str]) -> None:
        with os.fdopen(os.open(self.folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())


def _parsed(line: str) -> Tombstone:
    try:
        told = json.loads(line)
        at = datetime.fromisoformat(told["at"]).astimezone(UTC)
        return Tombstone(at, tuple(map(str, told["names"])), str(told["reason"]), str(told["by"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{FILE} is damaged: put it back from its backup") from error
