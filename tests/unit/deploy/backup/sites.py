"""A small hospital's folders, as listener and reading room write them: films that wait, results, opinions, an audit."""

import contextlib
import sqlite3
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from erasure.names import Keyed
from erasure.sealed.vault import Vault
from local.backup.listener import MADE_AGAIN
from local.backup.making import back_up
from local.backup.manifest import Manifest
from local.backup.restoring import restore
from local.backup.site import Site
from local.places import Places
from review import database
from review.audit import record
from review.chain.opened import open_chain
from review.settings import Settings
from scp.films import Film
from scp.ledger import Ledger, Made
from scp.outbox import Outbox, Parcel
from scp.spool import Spool
from tests.unit.review import site as rooms

ASSESSED, WAITING, DEAD, LATER = (Film(letter * 32, f"1.2.{letter}", "1.2.3", "1.2", "1.2.1") for letter in "abcd")


class Hospital:
    """One in a folder of its own."""

    def __init__(self, folder: Path, **environment: str) -> None:
        """Of what is there already.

        Args:
            folder: holds the run folder.
            environment: the services' variables.
        """
        self.folder = folder
        self.environment = {"CXR_TRUSTED_KEYS": str(folder / "trusted"), **environment}
        self.told: list[str] = []

    @property
    def places(self) -> Places:
        return Places(self.folder / "run")

    @property
    def site(self) -> Site:
        return Site.found(self.places, self.environment)

    @property
    def spool(self) -> Spool:
        vault = Vault.of(self.places.films, self.site.listener)
        return Spool(self.places.films, 10**9, 0, 1000, vault=vault)

    def back_up(self, to: Path, key: Path | None = None) -> Path:
        self.told.clear()
        return back_up(self.site, to, key, self._report)

    def restore(self, file: Path, key: Path | None = None) -> None:
        self.told.clear()
        restore(self.site, file, key, self._report)

    def _report(self, name: str, text: str) -> None:
        self.told.append(f"{name}: {text}")

    def arrive(self, film: Film) -> None:
        """As the listener takes one in."""
        spool = self.spool
        with spool.create() as received:
            received.write(f"film {film.id}".encode())
        spool.keep(Path(received.name), film.id)
        with contextlib.closing(Ledger(self.site.listener.ledger_url)) as book:
            book.receive(film, "MODALITY")

    def conclude(self, film: Film, keep: bool = True) -> None:
        """As the forwarder does it: results, queue, ledger, and then the film's file."""
        outbox = Outbox(self.places.films, ["pacs"], self.spool.vault)
        outbox.keep(film.id, {"sr": b"a report"})
        outbox.enqueue([Parcel("pacs", film.id, "sr")])
        with contextlib.closing(Ledger(self.site.listener.ledger_url)) as book:
            book.conclude(film.id, "assessed", [Made(film.id, "sr", f"2.25.{film.id}", "1.2", "1.2.9")])
        if keep:
            self.spool.path(film.id).replace(self.places.films / "objects" / film.id / "film")
        self.spool.done(film.id)

    def bury(self, film: Film) -> None:
        with contextlib.closing(Ledger(self.site.listener.ledger_url)) as book:
            book.conclude(film.id, "failed", [], code="malformed")
        self.spool.bury(film.id, "malformed")

    def films(self) -> list[tuple[str, str, str]]:
        with contextlib.closing(Ledger(self.site.listener.ledger_url)) as book:
            return book.films()

    def opinions(self) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.places.review / "review.sqlite")) as connection:
            return connection.execute("SELECT number, film_id, label FROM opinion ORDER BY number").fetchall()

    def read(self, count: int = 2) -> None:
        """Films in the reading room that ada has read, with their pictures, and an audit of it."""
        settings: Settings = self.site.room
        settings.pictures.mkdir(parents=True, exist_ok=True)
        engine = database.connect(settings.database_url)
        database.upgrade(engine)
        room = rooms.Site(database.sessions(engine, open_chain(settings, engine)))
        ada = room.reader("ada")
        for _ in range(count):
            film = room.film()
            (settings.pictures / film["id"]).mkdir()
            (settings.pictures / film["id"] / "radiograph.png").write_bytes(b"pixels of " + film["id"].encode())
            room.opinion(film, ada, "other_pathology", at=datetime(2026, 3, 2, 10, tzinfo=UTC))
        room.keep()
        with room.sessions.begin() as session:
            for film in room.films:
                record(session, None, "film.view", film["id"])
        engine.dispose()

    def content(self) -> Mapping[str, bytes]:
        """Every file of both folders that is no database, by its path."""
        run = self.places.run
        paths = (path for folder in (self.places.films, self.places.review) for path in folder.rglob("*"))
        kept = (
            path
            for path in paths
            if path.is_file() and ".sqlite" not in path.name and path.parent.name not in MADE_AGAIN
        )
        kept = (path for path in kept if path.name != "forgotten.jsonl")  # a restore takes over who was forgotten since
        return {str(path.relative_to(run)): path.read_bytes() for path in kept}


def manifest(file: Path) -> Manifest:
    """What a backup that is not encrypted says of itself."""
    with tarfile.open(file) as archive:
        return Manifest.model_validate_json(archive.extractfile("manifest.json").read())


def small(folder: Path, **environment: str) -> Hospital:
    """One with three films at the listener, and two that were read."""
    hospital = Hospital(folder, **environment)
    hospital.places.run.mkdir(parents=True)
    hospital.places.token.write_text("the token")
    (folder / "trusted").mkdir()
    (folder / "trusted" / "ours.pub").write_text("a public key")
    hospital.places.lessons.mkdir()
    (hospital.places.lessons / "signing.key").write_text("a key that signs")
    (hospital.places.lessons / "signing.pub").write_text("its other half")
    for film in (ASSESSED, WAITING, DEAD):
        hospital.arrive(film)
    hospital.conclude(ASSESSED)
    hospital.bury(DEAD)
    hospital.read()
    for place in (hospital.places.films, hospital.places.review):
        Keyed.kept(place)  # made at the first start
    return hospital
