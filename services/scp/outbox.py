"""Results on their way out, as files: each object once, and for every route that wants it an empty file that says so.

objects/FILM/KIND, queue/ROUTE/FILM.KIND, undelivered/ROUTE/FILM.KIND. A crash between any two steps leaves an object
to be sent once more, under the same SOP Instance UID, which a peer keeps once.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditing.disk import sync
from erasure.sealed.vault import Vault
from scp import folders
from scp.kept import FILM


@dataclass(frozen=True)
class Parcel:
    """An object that one route still has to deliver."""

    route: str
    film: str
    """Id of the film."""
    kind: str

    @property
    def name(self) -> str:
        """Of the file that stands for it."""
        return f"{self.film}.{self.kind}"


class Outbox:
    """What has to be delivered, and what was."""

    def __init__(self, folder: Path, routes: Iterable[str], vault: Vault | None = None) -> None:
        """Of a folder and the names of its routes; without a vault, objects are kept in clear."""
        self._vault = vault or Vault()
        self._objects = folders.make(folder / "objects")
        self._queue, self._undelivered = folder / "queue", folder / "undelivered"
        for route in routes:
            folders.make(self._queue / route)
            folders.make(self._undelivered / route)

    def keep(self, film: str, objects: dict[str, bytes]) -> None:
        """Keep the objects made of a film, by kind; nobody is sent them yet."""
        place = folders.make(self._objects / film)
        for kind, data in objects.items():
            folders.write(place / kind, self._vault.seal(film, data))
        sync(self._objects)

    def enqueue(self, parcels: Iterable[Parcel]) -> None:
        """Have them delivered; when this returns, a crash forgets none."""
        for parcel in parcels:
            (self._queue / parcel.route / parcel.name).touch(0o600)
            (self._undelivered / parcel.route / parcel.name).unlink(missing_ok=True)
            sync(self._queue / parcel.route)

    def due(self, route: str) -> list[Parcel]:
        """What a route has to deliver, the oldest first."""
        found = []
        with os.scandir(self._queue / route) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.stat().st_mtime_ns, entry.name))
        return [_parcel(route, name) for _, name in sorted(found)]

    def oldest(self, route: str) -> float | None:
        """Since when a route's oldest parcel waits, in seconds since the epoch."""
        due = self.due(route)
        with contextlib.suppress(FileNotFoundError):
            return (self._queue / route / due[0].name).stat().st_mtime if due else None
        return None

    def undelivered(self, route: str) -> list[Parcel]:
        """What the peer of a route refused."""
        return [_parcel(route, name) for name in sorted(os.listdir(self._undelivered / route))]

    def open(self, parcel: Parcel) -> bytes | None:
        """The object; None where it was kept too long ago. Raises DamagedError."""
        with contextlib.suppress(FileNotFoundError):
            return self._vault.read(self._objects / parcel.film / parcel.kind, parcel.film)
        return None

    def kinds(self, film: str) -> list[str]:
        """What is still kept of what was made of a film; it may lie there itself, too."""
        place = self._objects / film
        names = [path.name for path in place.iterdir()] if place.exists() else []
        return sorted(name for name in names if name[0] != "." and name != FILM)

    def delivered(self, parcel: Parcel) -> None:
        """The peer has it."""
        (self._queue / parcel.route / parcel.name).unlink(missing_ok=True)

    def refused(self, parcel: Parcel) -> None:
        """The peer does not want it: put it aside."""
        with contextlib.suppress(FileNotFoundError):
            folders.move(self._queue / parcel.route / parcel.name, self._undelivered / parcel.route / parcel.name)

    def prune(self, keep_s: float) -> int:
        """Remove objects that are older than keep_s and wait for nobody; of how many films."""
        parcels = [*self._queue.glob("*/*"), *self._undelivered.glob("*/*")]
        waiting = {path.name.partition(".")[0] for path in parcels}
        old = time.time() - keep_s
        gone = [path for path in self._objects.iterdir() if path.stat().st_mtime < old and path.name not in waiting]
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)
        return len(gone)


def _parcel(route: str, name: str) -> Parcel:
    film, _, kind = name.partition(".")
    return Parcel(route, film, kind)
