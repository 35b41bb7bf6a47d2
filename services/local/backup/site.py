"""What a backup holds, found by the settings that the services themselves read.

Not in it, since it is made again or has to come from elsewhere: models, Valkey's films of the last day, the gateway's
pairs, logs; the key that films' keys are encrypted by; keys that sign (signing.key), keys of TLS, Valkey's passwords,
the gateway's CXR_SECRET.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import ValidationError
from sqlalchemy import make_url

from certificates.signatures import PRIVATE
from databases.schema import Schema
from erasure.sealed.settings import AtRest
from local.errors import BackupError
from local.places import Places, trusted_keys
from local.ports import LOOPBACK
from review import database as room_database
from review.settings import Settings as RoomSettings
from scp import database as listener_database
from scp.settings import Settings as ListenerSettings

FILMS, READINGS = "films", "readings"
"""The folders of the listener and of the reading room, by their names in a backup."""
SETTINGS, LESSONS, TRUSTED = "settings", "lessons", "trusted"
DATABASES = "databases"

NEVER = (PRIVATE,)
"""Names of files that stay where they are: whoever has a backup should not be able to sign."""


@dataclass(frozen=True)
class Database:
    """One that is kept."""

    name: str
    """In a backup."""
    url: str
    variable: str
    """Which names another one than that of the service's folder."""
    schema: Schema

    @property
    def path(self) -> Path | None:
        """Of its file; None where a server has it."""
        url = make_url(self.url)
        return Path(url.database or "") if url.get_backend_name() == "sqlite" else None

    @property
    def kind(self) -> str:
        """sqlite or postgresql."""
        return make_url(self.url).get_backend_name()

    @property
    def files(self) -> list[Path]:
        """On SQLite: its own, and those that are beside it while it is used."""
        path = self.path
        return [path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")] if path else []


@dataclass(frozen=True)
class Site:
    """One hospital's copy of the product, on this machine."""

    places: Places
    listener: ListenerSettings
    room: RoomSettings
    trusted: Path
    """The folder of the keys whose archives are served."""

    @classmethod
    def found(cls, places: Places, environment: Mapping[str, str]) -> Self:
        """By the variables that `make up` has too; its folders are in the run folder unless these say otherwise.

        Raises:
            BackupError: a variable does not fit.
        """
        films = Path(environment.get("CXR_SCP_FOLDER") or places.films)
        readings = Path(environment.get("REVIEW_FOLDER") or places.review)
        try:
            listener = ListenerSettings(
                host=LOOPBACK,
                http_host=LOOPBACK,
                folder=films.resolve(),
                disk_key=_disk_key(places, "CXR_SCP_", environment),
            )
            room = RoomSettings(
                host=LOOPBACK, folder=readings.resolve(), disk_key=_disk_key(places, "REVIEW_", environment)
            )
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise BackupError(f"The settings of listener or reading room do not fit: {wrong}") from error
        return cls(places, listener, room, trusted_keys(environment))

    @property
    def encrypting(self) -> list[AtRest]:
        """The settings of those services that encrypt their films."""
        return [each for each in (self.listener, self.room) if each.encrypts]

    @property
    def folders(self) -> dict[str, Path]:
        """Name in a backup to the folder that a restore replaces."""
        return {READINGS: self.room.folder, FILMS: self.listener.folder}

    @property
    def databases(self) -> dict[str, Database]:
        """By their names."""
        room = Database(READINGS, self.room.database_url, "REVIEW_DATABASE", room_database.SCHEMA)
        ledger = Database(FILMS, self.listener.ledger_url, "CXR_SCP_LEDGER", listener_database.SCHEMA)
        return {each.name: each for each in (room, ledger)}

    @property
    def settings(self) -> dict[str, Path]:
        """Name in a backup to a file or folder that a restore puts back only where there is none: what was changed
        since, such as a token or a key that is trusted no more, stays changed."""
        files = {
            "token": self.places.token,
            TRUSTED: self.trusted,
            LESSONS: self.places.lessons,
            "audit": self.places.gateway_audit.parent,
        }
        if self.listener.routes:
            files["routes.yaml"] = self.listener.routes
        if self.room.audit_key:
            files["audit.key"] = self.room.audit_key
        return {f"{SETTINGS}/{name}": path for name, path in files.items()}


def _disk_key(places: Places, prefix: str, environment: Mapping[str, str]) -> str:
    """The file that a service's variable names, or that of the run folder."""
    name = f"{prefix}DISK_KEY"
    return environment.get(name) or places.given_disk_key(prefix, environment).get(name, "")
