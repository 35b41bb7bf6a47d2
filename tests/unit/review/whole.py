"""A whole reading room, as it is served, whose gateway is away; with films, and readers at browsers."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from sqlalchemy import insert, select
from starlette.testclient import TestClient
from ulid import ULID

from erasure.sealed.vault import Vault
from review import database
from review.app import create_app
from review.arrivals.pictures import Drawn, Pictures, encode
from review.chain.opened import open_chain
from review.door import logins
from review.people import Audit, Reader
from review.settings import Settings
from review.tables import Assessment, Film
from tests.unit.conftest import free_port
from tests.unit.review import databases
from tests.unit.review.room import Browser
from tests.unit.review.site import Site

HOST = "room.test"


@dataclass
class Whole:
    """A running one."""

    app: FastAPI
    state: dict[str, Any]
    settings: Settings
    site: Site

    def film(self, **columns: Any) -> str:
        """A film with its pictures; gives its id."""
        film = self.site.film(**{"body": {"created": "2026-03-02"}} | columns)
        with self.site.sessions.begin() as session:
            session.execute(insert(Film), [film])
            session.execute(insert(Assessment), [self.site.assessments[-1]])
        pixels = np.full((film["rows"], film["columns"]), 128, np.uint8)
        drawn = Drawn(encode(pixels), pixels, {"no_pathology": encode(pixels)}, [])
        vault = Vault.of(self.settings.folder, self.settings)
        Pictures(self.settings.pictures, vault=vault).keep(film["id"], film["assessment_id"], drawn)
        return str(film["id"])

    def browser(self, login: str = "", role: str = "reader") -> Browser:
        """A browser; with a reader's session, where a log-in name is given: a new one each time."""
        browser = Browser(self.app, f"http://{HOST}", follow_redirects=False)
        browser.app_state.update(self.state)
        if login:
            with self.site.sessions.begin() as session:
                reader = session.scalar(select(Reader).where(Reader.login == login))
                if reader is None:
                    row = {"id": str(ULID()), "login": login, "name": login, "role": role, "active": True}
                    session.add(reader := Reader(**row, created=datetime.now(UTC)))
                    session.flush()
                browser.cookies.set("review", logins.start(session, reader, ""), domain=HOST)
        return browser

    def audited(self, *actions: str) -> list[Audit]:
        """Rows of the audit, the oldest first."""
        with self.site.session() as session:
            rows = session.scalars(select(Audit).order_by(Audit.number)).all()
        return [row for row in rows if row.action in actions]


@contextlib.contextmanager
def whole(folder: Path, **settings: Any) -> Iterator[Whole]:
    """One with these settings, until the end of the block."""
    nobody = f"http://127.0.0.1:{free_port()}"
    chosen = Settings(
        **{"folder": folder, "gateway": nobody, "feed": False, "secure": False, "hosts": HOST, "least_free_bytes": 0}
        | settings
    )
    if not chosen.database:
        databases.found_by_room(folder)
    app = create_app(chosen)
    with contextlib.ExitStack() as stack:
        state = stack.enter_context(TestClient(app, f"http://{HOST}")).app_state
        engine = database.connect(chosen.database_url)
        stack.callback(engine.dispose)
        yield Whole(app, state, chosen, Site(database.sessions(engine, open_chain(chosen, engine))))
