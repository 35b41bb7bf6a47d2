"""Films on disk: received, waiting for the gateway, or dead letters. The files are the queue; a crash loses none."""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from auditing.disk import sync
from erasure.sealed.vault import Vault
from scp import folders
from scp.errors import NoRoomError, TooLargeError
from scp.standstill import Standstill

URGENT, ROUTINE = ".urgent.dcm", ".dcm"
"""How the files of films end behind their id: a film is urgent for as long as it is there, across restarts."""


@dataclass(frozen=True)
class Waiting:
    """A film that waits for the gateway."""

    film: str
    """Its id."""
    since: float
    """Seconds since the epoch."""
    urgent: bool


class Spool:
    """incoming/ is being received and worth nothing; waiting/ was promised to be assessed; dead/ cannot be."""

    def __init__(
        self,
        folder: Path,
        max_film_bytes: int,
        least_free_bytes: int,
        max_waiting: int,
        give_up: Callable[[int], int] = lambda least_bytes: 0,
        vault: Vault | None = None,
    ) -> None:
        """Of a folder.

        Args:
            folder: the listener's.
            max_film_bytes: largest film that is taken.
            least_free_bytes: of the disk; with less, no film is.
            max_waiting: films that may wait.
            give_up: frees so many bytes, if it can, of what matters less than a new film; how many it freed.
            vault: encrypts films; without one, they are kept in clear.
        """
        self.vault = vault or Vault()
        self.standstill = Standstill(folder)
        self.incoming = folders.make(folder / "incoming")
        self._waiting = folders.make(folder / "waiting")
        self._dead = folders.make(folder / "dead")
        self._objects = folders.make(folder / "objects")
        self.max_film_bytes = max_film_bytes
        self._least_free_bytes = least_free_bytes
        self._max_waiting = max_waiting
        self._give_up = give_up

    def clear_incoming(self, older_than_s: float = 0) -> None:
        """Remove what a crash or a peer interrupted: nobody was told that it had arrived."""
        for path in self.incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime >= older_than_s:
                    self.vault.drop(path)

    def create(self) -> IO[bytes]:
        """A new file of incoming/, to be written; raises OSError."""
        return self.vault.create(self.incoming, ROUTINE)

    def can_receive(self) -> bool:
        """Whether the largest film that is taken would fit on the disk, while it comes."""
        return self._has_room(self.max_film_bytes)

    def check_room(self) -> None:
        """Refuse one more film.

        Raises:
            NoRoomError: too little disk, or too many films wait.
        """
        if not self._has_room(self._least_free_bytes):
            raise NoRoomError("too little room on the disk")
        if self.count_waiting() >= self._max_waiting:
            raise NoRoomError("too many films wait")

    def _has_room(self, least_bytes: int) -> bool:
        """Whether so much is free, after what matters less has been given up for it."""
        while (missing := least_bytes - shutil.disk_usage(self._waiting).free) > 0:
            if not self._give_up(missing):
                return False
        return True

    def keep(self, received: Path, film_id: str, urgent: bool = False) -> None:
        """Take over a file of incoming/; when this returns, the film survives a crash.

        Args:
            received: the file.
            film_id: of the film in it.
            urgent: it goes before films that are not.

        Raises:
            TooLargeError: more bytes than the gateway takes.
            OSError: the disk refused.
        """
        size = self.vault.size(received)
        if size > self.max_film_bytes:
            raise TooLargeError(f"{size} bytes; at most {self.max_film_bytes} are taken")
        received.chmod(0o600)
        os.utime(received)
        sync(received)
        self.vault.adopt(received, film_id)
        folders.move(received, self._waiting / f"{film_id}{URGENT if urgent else ROUTINE}")

    def path(self, film_id: str) -> Path:
        """Of a film that waits."""
        urgent = self._waiting / f"{film_id}{URGENT}"
        return urgent if urgent.exists() else self._waiting / f"{film_id}{ROUTINE}"

    def read(self, film_id: str) -> bytes:
        """A film that waits.

        Raises:
            FileNotFoundError: it waits no longer.
            DamagedError: its file was changed, or cut short.
        """
        return self.vault.read(self.path(film_id), film_id)

    def paths(self, film_id: str) -> tuple[Path, Path]:
        """Where a film is that waits; to be tried in this order, since it may be made urgent meanwhile."""
        return self._waiting / f"{film_id}{ROUTINE}", self._waiting / f"{film_id}{URGENT}"

    def waits(self, film_id: str) -> bool:
        """Whether a film still waits."""
        return any(path.exists() for path in self.paths(film_id))

    def places(self, film_id: str) -> tuple[Path, ...]:
        """Where a film can be that waits or is a dead letter."""
        waiting = self.paths(film_id)
        return *waiting, *(self._dead / path.name for path in waiting)

    def held(self) -> dict[str, str]:
        """Ids of the films that wait or are dead letters, and which of both."""
        folders_of = {"waiting": self._waiting, "dead": self._dead}
        return {
            name.partition(".")[0]: place
            for place, folder in folders_of.items()
            for name in os.listdir(folder)
            if name.endswith(ROUTINE)
        }

    def sweep(self) -> None:
        """Destroy the keys of films of which nothing is left."""
        if self.vault.encrypts:
            self.vault.sweep([*self.held(), *os.listdir(self._objects)])

    def hasten(self, film_id: str) -> None:
        """Make a film that waits urgent; one that waits no longer is done already."""
        with contextlib.suppress(FileNotFoundError):
            folders.move(self._waiting / f"{film_id}{ROUTINE}", self._waiting / f"{film_id}{URGENT}")

    def waiting(self) -> list[Waiting]:
        """The films that wait, the oldest first."""
        found: dict[str, Waiting] = {}
        with os.scandir(self._waiting) as entries:
            for entry in entries:
                film_id, _, end = entry.name.partition(".")
                urgent = f".{end}" == URGENT
                with contextlib.suppress(FileNotFoundError):
                    if urgent or film_id not in found:
                        found[film_id] = Waiting(film_id, entry.stat().st_mtime, urgent)
        return sorted(found.values(), key=lambda each: each.since)

    def count_waiting(self) -> int:
        """How many films wait."""
        return len(os.listdir(self._waiting))

    def done(self, film_id: str) -> None:
        """Let go of a film."""
        for path in self.paths(film_id):
            path.unlink(missing_ok=True)

    def bury(self, film_id: str, code: str) -> None:
        """Move a film to the dead letters, with the reason beside it."""
        reason = {"code": code, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        folders.write(self._dead / f"{film_id}.json", json.dumps(reason).encode())
        for path in self.paths(film_id):
            with contextlib.suppress(FileNotFoundError):
                folders.move(path, self._dead / path.name)

    def dead(self) -> dict[str, str]:
        """Ids of the dead letters, and why."""
        found = {}
        for path in sorted(self._dead.glob("*.dcm")):
            film_id = path.name.partition(".")[0]
            with contextlib.suppress(FileNotFoundError, ValueError):
                found[film_id] = str(json.loads((self._dead / f"{film_id}.json").read_bytes())["code"])
        return found

    def revive(self, film_id: str) -> bool:
        """Let a dead letter wait again, as if it had just come, and as urgent as it was; False where there is none."""
        found = [path for end in (URGENT, ROUTINE) if (path := self._dead / f"{film_id}{end}").exists()]
        for path in found:
            os.utime(path)
            folders.move(path, self._waiting / path.name)
        (self._dead / f"{film_id}.json").unlink(missing_ok=True)
        return bool(found)
