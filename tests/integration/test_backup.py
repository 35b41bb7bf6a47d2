"""A site with data is upgraded, backed up while films arrive, wiped and restored; and its tables go back again."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from pydicom import Dataset
from pynetdicom import AE
from sqlalchemy import text

from local.demo import AET
from local.places import ROOT
from local.ports import LOOPBACK, Ports
from local.stack import Stack
from review import database
from scp.database import SCHEMA as LEDGER
from scp.ledger import Ledger
from tests.integration.conftest import Gateway
from tests.integration.readers import Reader
from tests.integration.reading_room import Room
from tests.trials.traffic.exposures import exposures
from tests.unit.review.test_migrations import ROWS, TOLD
from tests.unit.scp.test_migrations import FILMS, FIRST

READY_WITHIN_S = 240
SAID = "SELECT number, key, film_id, reader_id, at, label, comment FROM opinion ORDER BY number"
WITHIN_S = 120
"""Many times what a film takes through the whole site."""


class Site:
    """Listener and reading room beside the session's gateway; another version wrote their data first."""

    def __init__(self, folder: Path, gateway: Stack) -> None:
        ports = replace(Ports.free(), gateway=gateway.ports.gateway)
        self.stack = Stack(folder / "run", ports, gateway.archives, processes=("scp", "review"))
        places = self.stack.places
        for each in (places.films, places.review):
            each.mkdir(parents=True)
        with contextlib.closing(sqlite3.connect(places.films / "ledger.sqlite")) as connection:
            connection.executescript(FIRST.read_text())
        self.engine = database.connect(f"sqlite:///{places.review / 'review.sqlite'}")
        with self.engine.begin() as connection:
            command.upgrade(database.SCHEMA.configuration(connection), "0001")
            for row in ROWS:
                connection.execute(text(row), {"at": "2026-01-02 00:00:00.000000", "yes": True, "no": False})
        self.engine.dispose()
        self.room = Room(self.stack.review, places.review, database.sessions(self.engine))

    def up(self) -> None:
        self.stack.up()
        self.stack.wait_ready(READY_WITHIN_S)

    def make(self, verb: str, option: str, file: Path) -> subprocess.Popen[str]:
        """What `make backup` and `make restore` do."""
        line = [sys.executable, ROOT / "services" / "local", "--run-dir", self.stack.places.run, verb, option, file]
        return subprocess.Popen(line, env=self._environment(), stdout=-1, stderr=subprocess.STDOUT, text=True)

    def verify(self) -> str:
        """What `make review ARGS="audit verify"` says."""
        line = [sys.executable, "-m", "review", "audit", "verify"]
        ended = subprocess.run(line, env=self._environment(), capture_output=True, text=True, check=False)
        return ended.stdout + ended.stderr

    def send(self, film: Dataset) -> None:
        """As a modality does; it was acknowledged when this returns."""
        entity = AE("MODALITY")
        entity.add_requested_context(film.SOPClassUID, film.file_meta.TransferSyntaxUID)
        association = entity.associate(LOOPBACK, self.stack.ports.scp, ae_title=AET)
        assert association.is_established
        assert association.send_c_store(film).Status == 0
        association.release()

    def ledger(self) -> Ledger:
        return Ledger(f"sqlite:///{self.stack.places.films / 'ledger.sqlite'}")

    def states(self) -> dict[str, str]:
        """SOP Instance UID to state."""
        with contextlib.closing(self.ledger()) as book:
            return {uid: state for _, uid, state in book.films()}

    def history(self, film: Dataset) -> list[object]:
        with contextlib.closing(self.ledger()) as book:
            (known,) = [film_id for film_id, uid, _ in book.films() if uid == film.SOPInstanceUID]
            return [*book.history(known), *book.made(known)]

    def said(self) -> list[tuple[object, ...]]:
        """All that readers ever said."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(SAID))]

    def audit(self) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text("SELECT * FROM audit ORDER BY number"))]

    def pictures(self) -> dict[str, bytes]:
        folder = self.stack.places.review / "pictures"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}

    def waits(self) -> list[str]:
        return os.listdir(self.stack.places.films / "waiting")

    def _environment(self) -> dict[str, str]:
        places = self.stack.places
        own = {"PYTHONPATH": str(ROOT / "services"), "REVIEW_FOLDER": str(places.review)}
        own["REVIEW_DISK_KEY"] = str(places.disk_key)
        return os.environ | own


@pytest.fixture
def site(stack: Stack, gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("REVIEW_FEED_SOURCES", "modality")  # and not first all that other tests had this gateway assess
    made = Site(tmp_path, stack)
    try:
        made.up()
        yield made
    finally:
        made.stack.down()
        made.engine.dispose()


@pytest.fixture
def no_gateway(stack: Stack) -> Iterator[Callable[[], None]]:
    """Called, it stops the gateway, so that films wait; when it is called again, and at the end, it is there."""

    def toggle() -> None:
        if stack.pid("gateway"):
            stack.stop("gateway")
        else:
            stack.start("gateway")
            stack.wait_ready(READY_WITHIN_S, names=["gateway"])

    yield toggle
    if not stack.pid("gateway"):
        toggle()


@pytest.mark.timeout(600)  # two starts of listener and reading room, one of the gateway, six programs
def test_a_site_of_the_first_version_is_upgraded_backed_up_at_work_wiped_and_restored(site, no_gateway, tmp_path):
    first, waiting, arriving = exposures(3, seed=18)
    assert LEDGER.head and site.states() == {uid: state for _, uid, state in FILMS}, "from the first version"
    read(site, first)

    no_gateway()
    site.send(waiting)
    before = site.history(first), site.said(), site.audit(), site.pictures()
    refused = site.make("restore", "--from", tmp_path / "none")
    backing_up = site.make("backup", "--to", tmp_path / "backup.tar")
    site.send(arriving)
    told = backing_up.communicate(timeout=WITHIN_S)[0]
    assert backing_up.returncode == 0, told
    assert "The stack is up" in refused.communicate(timeout=WITHIN_S)[0]

    site.stack.down()
    site.engine.dispose()
    for folder in (site.stack.places.films, site.stack.places.review):
        shutil.rmtree(folder)
    restoring = site.make("restore", "--from", tmp_path / "backup.tar")
    told = restoring.communicate(timeout=WITHIN_S)[0]
    assert restoring.returncode == 0, told

    assert "audit         whole" in told
    assert "audit: whole" in site.verify()
    assert (site.history(first), site.said(), site.audit()[: len(before[2])]) == before[:3]
    assert before[3].items() <= site.pictures().items()
    assert site.states()[waiting.SOPInstanceUID] == "received"
    assert len(site.waits()) == 1 + (site.states().get(arriving.SOPInstanceUID) == "received")

    no_gateway()
    site.up()
    until(lambda: not site.waits() and site.states()[waiting.SOPInstanceUID] == "assessed")
    assert site.said() == before[1]
    assert "audit: whole" in site.verify()
    go_back(site)


def read(site: Site, film: Dataset) -> None:
    """A film comes by DICOM into the reading room, and bob says what is on it."""
    site.send(film)
    until(lambda: site.states()[film.SOPInstanceUID] == "assessed")
    until(lambda: any(each.sop_instance_uid == film.SOPInstanceUID for each in site.room.films()))
    (found,) = [each.id for each in site.room.films() if each.sop_instance_uid == film.SOPInstanceUID]
    site.room.add_reader("bob")
    with contextlib.closing(Reader(site.room, "bob")) as bob:
        bob.say(found, "no_pathology")


def go_back(site: Site) -> None:
    """To the tables of the first version, with all rows."""
    site.stack.down()
    opinions, films = site.said(), site.states()
    book = database.connect(f"sqlite:///{site.stack.places.films / 'ledger.sqlite'}")
    for schema, engine in ((LEDGER, book), (database.SCHEMA, site.engine)):
        schema.go_back(engine, "0001")
        engine.dispose()
    assert site.said() == opinions
    assert len(opinions) == 2
    with site.engine.connect() as connection:
        assert connection.execute(text(TOLD[0])).scalar() == "ada"
    assert site.states() == films


def until(so: Callable[[], bool]) -> None:
    """Return when it is so."""
    end = time.monotonic() + WITHIN_S
    while not so():
        assert time.monotonic() < end
        time.sleep(0.2)
