"""The ways into a reading room, over a real database, and browsers that try them."""

import contextlib
import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient
from ulid import ULID
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from doors.origin import SameOrigin
from review import audit_page, problems
from review.door import accounts, back_channel, oidc, passwords
from review.door.access import Admin, Chief, Reading
from review.languages.spoken import Speaking
from review.lessons import routes as lessons
from review.owed import Owed
from review.people import Audit, Login, Reader
from review.settings import Settings
from review.state import KEY, ReadingRoom
from review.teaching import Teaching
from review.traces import Traces
from tests.unit.review import databases

PASSWORD = "three words, no more"  # noqa: S105  a test's
LINK = re.compile(r"/invitation/([A-Za-z0-9_-]{43})")
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


def state_of(settings, sessions, **parts):
    """A running room's state, as the server hands it to each request; what no route here asks for is not there."""
    absent = {each.name: None for each in fields(ReadingRoom)}
    made = {"settings": settings, "sessions": sessions, "owed": (owed := Owed(sessions))}
    made["traces"] = Traces(owed, settings.session_s)
    return {KEY: ReadingRoom(**absent | made | parts)}


def create_app(settings, sessions):
    """The routes of this part, and four that ask who comes."""

    @contextlib.asynccontextmanager
    async def lifespan(app):
        teaching = Teaching(settings)
        yield state_of(settings, sessions, teaching=teaching)
        teaching.close()

    app = FastAPI(lifespan=lifespan)
    app.add_middleware(SameOrigin)
    app.add_middleware(Speaking, otherwise="en")
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    problems.install(app)
    for part in (accounts, oidc, back_channel, audit_page, lessons):
        app.include_router(part.router)

    @app.get("/")
    @app.get("/status")
    @app.post("/say")
    def whoever(person: Reading) -> dict[str, Any]:
        return {"login": person.login, "role": person.role, "csrf": person.csrf}

    @app.get("/for-chiefs")
    def chiefs(person: Chief) -> str:
        return person.login

    @app.get("/for-admins")
    def admins(person: Admin) -> str:
        return person.login

    return app


@contextlib.contextmanager
def on_sqlite(folder, **settings):
    """A room with a database of its own."""
    engine = databases.on_sqlite(folder)
    with Room(databases.recording(engine, folder), **{"folder": folder} | settings) as room:
        yield room
    engine.dispose()


class Room:
    """One reading room; browsers are closed with it."""

    def __init__(self, sessions, **settings):
        self.sessions = sessions
        self._stack = contextlib.ExitStack()
        self.settings = Settings(**settings)
        self._app = create_app(self.settings, sessions)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def beside(self, **settings):
        """Another process on the same database."""
        return self._stack.enter_context(Room(self.sessions, **settings))

    def browser(self, address="10.1.1.1", **headers):
        """A browser that has not been here before."""
        scheme = "https" if self.settings.secure else "http"
        return self._stack.enter_context(
            Browser(self._app, f"{scheme}://room.test", headers=headers, client=(address, 1), follow_redirects=False)
        )

    def reader(self, login, role="reader", name="", **columns):
        """Somebody with a password; gives the id."""
        row = {"id": str(ULID()), "login": login, "name": name or f"Dr {login.title()}", "role": role, "active": True}
        row |= {"created": datetime.now(UTC), "password": passwords.hashed(PASSWORD)}
        with self.sessions.begin() as session:
            session.add(Reader(**row | columns))
        return (row | columns)["id"]

    def entered(self, login, role="reader", **options):
        """Their browser, logged in."""
        self.reader(login, role)
        browser = self.browser(**options)
        assert browser.log_in(login).status_code == 303
        return browser

    def found(self, login):
        """A reader, as the database has them."""
        with self.sessions() as session:
            return session.scalar(select(Reader).where(Reader.login == login))

    def audited(self, action=None):
        """The rows of the audit, the oldest first."""
        with self.sessions() as session:
            rows = session.scalars(select(Audit).order_by(Audit.number)).all()
        return [row for row in rows if action in (None, row.action)]

    def logins(self):
        """All sessions."""
        with self.sessions() as session:
            return session.scalars(select(Login)).all()

    def shift(self, table, column, by):
        """Make it longer ago."""
        with self.sessions.begin() as session:
            for row in session.scalars(select(table)):
                setattr(row, column, getattr(row, column) - by)


class Browser(TestClient):
    """Fills in forms."""

    def token(self, page="/log-in"):
        """The token of a page's form."""
        return CSRF.search(self.get(page).text)[1]

    def log_in(self, login, password=PASSWORD, next="/", headers=None):
        """Through the form."""
        form = {"csrf": self.token(), "login": login, "password": password, "next": next}
        return self.post("/log-in", data=form, headers=headers)

    def fill_in(self, path, page="/account", **form):
        """A form of a page, sent."""
        return self.post(path, data={"csrf": self.token(page)} | form)

    def csrf(self):
        """Of the session."""
        return self.get("/").json()["csrf"]
