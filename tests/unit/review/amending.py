"""What tests of amendments need: a room with one film and its readers, the thread that sends, and a real listener."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import select, update

from imaging.header import header
from review.amendments.queue import Amendment
from review.amendments.sender import Sender
from review.reading import opinions
from review.schema import Given
from review.settings import Settings
from review.tables import Film
from scp.films import Film as Received
from scp.http.door import create_app
from scp.ledger import Made
from scp.service import Service, running
from scp.settings import Settings as ListenerSettings
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.conftest import free_port
from tests.unit.review.site import Site

SETTINGS = Settings(listener="http://127.0.0.1:9", second_read=False)
(EXPOSURE,) = exposures(1)
HEADER = header(EXPOSURE)


class Room:
    """One film, and readers who say something of it."""

    def __init__(self, site: Site, **columns: Any) -> None:
        self.site = site
        known = {"sop_instance_uid": str(HEADER.SOPInstanceUID), "header": HEADER.to_json_dict()}
        self.film = site.film(**{"probabilities": (0.2, 0.3, 0.5)} | known | columns)["id"]
        site.keep()
        self.readers = {login: site.reader(login, f"Dr {login}") for login in ("ada", "bob", "eve")}

    def says(
        self, login: str, label: str | None, role: str = "reader", settings: Settings = SETTINGS, **said: Any
    ) -> None:
        with self.site.sessions.begin() as session:
            film = session.get_one(Film, self.film)
            sitting = opinions.open_sitting(session, film, self.readers[login]).id
            session.flush()
            given = Given(key=str(uuid.uuid4()), sitting=sitting, label=label, **said)
            opinions.give(session, film, self.readers[login], role, given, settings)

    def undoes(self, login: str) -> None:
        with self.site.sessions.begin() as session:
            film = session.get_one(Film, self.film)
            sitting = opinions.open_sitting(session, film, self.readers[login]).id
            session.flush()
            opinions.undo(session, film, self.readers[login], sitting, SETTINGS)

    def queued(self) -> list[tuple[str, str | float | None, bool]]:
        """Reader, label or number, and whether withdrawn of each amendment, in order."""
        with self.site.sessions() as session:
            rows = session.scalars(select(Amendment).order_by(Amendment.number))
            return [(row.opinion.reader.login, row.opinion.label or row.opinion.value, row.withdrawn) for row in rows]

    def leave(self) -> None:
        """All that waits has been sent."""
        with self.site.sessions.begin() as session:
            session.execute(update(Amendment).values(attempts=1, sent=datetime.now(UTC)))

    def rows(self) -> list[Amendment]:
        with self.site.sessions() as session:
            return list(session.scalars(select(Amendment).order_by(Amendment.number)))

    def hurry(self) -> None:
        """Nothing is held back."""
        with self.site.sessions.begin() as session:
            session.execute(update(Amendment).values(due=datetime.now(UTC)))

    def delivers(self) -> None:
        """Nothing is held back, and all of it arrives."""
        self.hurry()
        assert eventually(lambda: all(each.sent for each in self.rows()))


@contextlib.contextmanager
def sending(site: Site, port: int) -> Iterator[Sender]:
    running = Sender(Settings(listener=f"http://127.0.0.1:{port}"), site.sessions)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        assert not running._thread.is_alive()


def eventually(true: Callable[[], object], within_s: float = 20) -> bool:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[tuple[Service, int]]:
    """The listener itself, with its door open, in which the film has been assessed."""
    port = free_port()
    settings = ListenerSettings(port=0, http_port=port, folder=folder / "films", gateway="http://127.0.0.1:9")
    with running(settings.model_copy(update={"least_free_bytes": 0, "writers": 0})) as service:
        known = Received.of(part10(EXPOSURE))
        service.ledger.receive(known, "CR1")
        made = Made(known.id, "sr", "2.25.1", str(HEADER.StudyInstanceUID), "2.25.2")
        service.ledger.conclude(known.id, "assessed", [made])
        server = uvicorn.Server(uvicorn.Config(create_app(service), port=port, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run)
        thread.start()
        yield service, port
        server.should_exit = True
        thread.join()
