"""Films on disk: received, waiting for the gateway, or dead letters. The files are the queue; a crash loses none."""

import contextlib
import json
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from scp import folders
from scp.errors import NoRoomError, TooLargeError
from scp.films import Film


class Spool:
    """incoming/ is being received and worth nothing; waiting/ was promised to be assessed; dead/ cannot be."""

    def __init__(self, folder: Path, max_film_bytes: int, least_free_bytes: int, max_waiting: int) -> None:
        self.incoming = folders.make(folder / "incoming")
        self._waiting = folders.make(folder / "waiting")
        self._dead = folders.make(folder / "dead")
        self._max_film_bytes = max_film_bytes
        self._least_free_bytes = least_free_bytes
        self._max_waiting = max_waiting

    def clear_incoming(self, older_than_s: float = 0) -> None:
        """Remove what a crash or a peer interrupted: nobody was told that it had arrived."""
        for path in self.incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime >= older_than_s:
                    path.unlink()

    def can_receive(self) -> bool:
        """Whether the largest film that is taken would fit on the disk, while it comes."""
        return shutil.disk_usage(self.incoming).free >= self._max_film_bytes

    def check_room(self) -> None:
        """Refuse one more film.

        Raises:
            NoRoomError: too little disk, or too many films wait.
        """
        if shutil.disk_usage(self._waiting).free < self._least_free_bytes:
            raise NoRoomError("too little room on the disk")
        if self.count_waiting() >= self._max_waiting:
            raise NoRoomError("too many films wait")

    def keep(self, received: Path, film: Film) -> None:
        """Take over a file of incoming/; when this returns, the film survives a crash.

        Raises:
            TooLargeError: more bytes than the gateway takes.
            OSError: the disk refused.
        """
        size = received.stat().st_size
        if size > self._max_film_bytes:
            raise TooLargeError(f"{size} bytes; at most {self._max_film_bytes} are taken")
        received.chmod(0o600)
        os.utime(received)
        folders.sync(received)
        folders.move(received, self.path(film.id))

    def path(self, film_id: str) -> Path:
        """Of a film that waits."""
        return self._waiting / f"{film_id}.dcm"

    def waiting(self) -> list[tuple[str, float]]:
        """Ids of the films that wait, and since when (seconds since the epoch), the oldest first."""
        found = []
        with os.scandir(self._waiting) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.name.removesuffix(".dcm"), entry.stat().st_mtime))
        return sorted(found, key=lambda each: each[1])

    def count_waiting(self) -> int:
        """How many films wait."""
        return len(os.listdir(self._waiting))

    def done(self, film_id: str) -> None:
        """Let go of a film."""
        self.path(film_id).unlink(missing_ok=True)

    def bury(self, film_id: str, code: str) -> None:
        """Move a film to the dead letters, with the reason beside it."""
        reason = {"code": code, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        folders.write(self._dead / f"{film_id}.json", json.dumps(reason).encode())
        with contextlib.suppress(FileNotFoundError):
            folders.move(self.path(film_id), self._dead / f"{film_id}.dcm")

    def dead(self) -> dict[str, str]:
        """Ids of the dead letters, and why."""
        found = {}
        for path in sorted(self._dead.glob("*.dcm")):
            with contextlib.suppress(FileNotFoundError, ValueError):
                found[path.stem] = str(json.loads(path.with_suffix(".json").read_bytes())["code"])
        return found

    def revive(self, film_id: str) -> bool:
        """Let a dead letter wait again, as if it had just come; False where there is none."""
        path = self._dead / f"{film_id}.dcm"
        if not path.exists():
            return False
        os.utime(path)
        folders.move(path, self.path(film_id))
        path.with_suffix(".json").unlink(missing_ok=True)
        return True
