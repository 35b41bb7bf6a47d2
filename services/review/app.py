"""The composition root: everything that the reading room is made of."""

import contextlib
from collections.abc import AsyncIterator, Iterator

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auditing.sender import Sender as AuditSender
from client.gateway import Gateway
from doors.hosts import Hosts
from doors.methods import Methods
from doors.origin import SameOrigin
from erasure.errands import Errands
from erasure.names import Keyed
from erasure.sealed.vault import Vault
from erasure.tombstones import Tombstones
from review import audit_page, database, health, problems
from review.amendments.sender import Sender
from review.arrivals.arrivals import Arrivals
from review.arrivals.feed import Feed
from review.arrivals.pictures import Pictures
from review.arrivals.watch import Watch
from review.audit import record
from review.chain.opened import open_chain
from review.claims import Claims
from review.door import accounts, back_channel, oidc, sealing
from review.forgetting.expiry import Expiry
from review.forgetting.forget import Forgetter
from review.insight import routes as insight
from review.languages.spoken import Speaking
from review.lessons import routes as lessons
from review.lessons.need import BlindShare
from review.metrics import Metrics
from review.owed import Owed
from review.pages import STATIC
from review.places import Places
from review.reading import dismissals, drops, film_pictures, films, learning, lists
from review.repository.unsent import Unsent
from review.settings import Settings
from review.state import KEY, ReadingRoom
from review.teaching import Teaching
from review.traces import Traces

POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Nothing from elsewhere, no script in a page, no worker that a script has made. The templates set styles."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guarded:
    """ASGI middleware: the headers that keep a browser from being used against its reader."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with them."""

        async def respond(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")  # most of it is about patients
            await send(message)

        await self._app(scope, receive, respond)


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[ReadingRoom]:
    """The only function that knows every part; the database is brought up to date before the first request."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(PermissionError):  # another's, who has decided who may read it
        settings.folder.chmod(0o700)
    sealing.check(settings)
    Keyed.kept(settings.folder)  # the key is in each backup, so that who was forgotten later can be again
    vault = Vault.of(settings.folder, settings)
    engine = database.connect(settings.database_url)
    database.upgrade(engine)
    sessions, pictures = database.sessions(engine, open_chain(settings, engine)), _pictures(settings, vault)
    with contextlib.ExitStack() as stack:
        stack.callback(engine.dispose)
        with sessions.begin() as session:
            record(session, None, "room.start")
        about = str(settings.gateway), settings.gateway_timeout_s, settings.token_file
        gateway = stack.enter_context(Gateway(*about, source="reader"))
        arrivals = Arrivals(gateway, sessions, pictures, BlindShare(settings), Tombstones(settings.folder))
        feed, watch = Feed(gateway, arrivals, sessions, settings.left_out), Watch(gateway, Errands(settings.folder))
        threads: list[Feed | Watch | Sender | Expiry | AuditSender] = [watch]
        threads += [feed] if settings.feed else []
        threads += [Sender(settings, sessions)] if settings.listener else []
        threads += [Expiry(Forgetter.of(settings, sessions), settings.keep_days)] if settings.keep_days else []
        threads += [AuditSender(settings, Unsent(sessions))] if settings.syslog_host else []
        for thread in threads:
            thread.start()
            stack.callback(thread.stop)
        teaching = Teaching(settings)
        stack.callback(teaching.close)
        owed = Owed(sessions)
        traces = Traces(owed, settings.session_s)
        parts = (pictures, gateway, arrivals, feed, watch, Metrics(), teaching, traces, owed, Places(), Claims())
        yield ReadingRoom(settings, sessions, *parts)


def _pictures(settings: Settings, vault: Vault) -> Pictures:
    return Pictures(settings.pictures, settings.least_free_bytes, vault)


def create_app(settings: Settings) -> FastAPI:
    """The application; what it is made of lives from its start to its end."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, ReadingRoom]]:
        with running(settings) as room:
            yield {KEY: room}

    app = FastAPI(title="CXR Cascade reading room", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_middleware(Methods)
    app.add_middleware(SameOrigin)
    app.add_middleware(Hosts, names=settings.names, open_paths=health.FOR_MACHINES)
    app.add_middleware(Speaking, otherwise=settings.language)
    app.add_middleware(Guarded, secure=settings.secure)
    problems.install(app)
    doors = (accounts, oidc, back_channel)
    reading = lists, films, film_pictures, drops, dismissals, learning
    for part in (*reading, *doors, audit_page, insight, lessons, health):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app
