"""uvicorn behind a doorway: connections are counted, and limited in number and in how long they keep us waiting."""

import asyncio
import contextlib
import gc
import resource
import sys
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from doors.connections import Connections, Limits, Peer
from doors.doorway import Doorway, listeners_at
from doors.protocol import GuardedProtocol

log = structlog.get_logger()

NOT_STARTED = 3
"""Exit status where the lifespan failed or the port is taken; uvicorn's own."""

OTHER_FILES = 256
"""Open files beside connections: databases, stages, whom we ask, and what is taken on and ended at the same time."""

MOST_FILES = 65_536
"""What the soft limit is raised to at most: some systems allow a billion, and programs that we start may try to close
each."""


class Server(uvicorn.Server):
    """uvicorn's, which takes its connections from a doorway. Where a stopping event is given, it is set before requests
    are waited for: a long poll must not hold up a stop."""

    def __init__(self, config: uvicorn.Config, limits: Limits, stopping: asyncio.Event | None = None) -> None:
        super().__init__(config)
        self._limits = limits
        self._stopping = stopping

    async def startup(self, sockets: Any = None) -> None:
        """Start the application, and listen."""
        await super().startup(sockets=[])
        config, connections = self.config, Connections(self._limits)
        try:
            listeners = listeners_at(config.host, config.port)
        except OSError as error:
            log.error("not listening", host=config.host, port=config.port, error=str(error))
            await self.lifespan.shutdown()
            sys.exit(NOT_STARTED)

        def protocol(peer: Peer) -> asyncio.Protocol:
            known = {"config": config, "server_state": self.server_state, "app_state": self.lifespan.state}
            return GuardedProtocol(connections, peer, **known)

        doorway = Doorway(listeners, connections, protocol, config.ssl, self._limits.header_s)
        self.servers = [doorway]  # type: ignore[list-item]  # it closes as an asyncio.Server
        _settle()

    async def shutdown(self, sockets: Any = None) -> None:
        """End the long polls, then finish the requests in flight."""
        if self._stopping:
            self._stopping.set()
        await super().shutdown(sockets)


def serve(app: ASGIApp, limits: Limits, stopping: asyncio.Event | None = None, **options: Any) -> None:
    """Serve until stopped by a signal; requests in flight are finished first.

    Args:
        app: what answers.
        limits: of connections; there are fewer where the system gives us fewer files.
        stopping: set when it is told to end.
        options: uvicorn's.
    """
    most = max(1, min(limits.most, raise_file_limit() - OTHER_FILES))
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, ws="none", **options)
    server = Server(config, Limits(most, limits.header_s, limits.body_s), stopping)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal again when it has stopped
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)


def _settle() -> None:
    """Have the garbage collector look through what comes from now on, and not through all that was loaded each time.

    What was loaded are hundreds of thousands of objects, which stay, and looking through them holds up every thread.
    pynetdicom has it done for every 60 connections.
    """
    gc.unfreeze()  # what importing has put aside, with what has become garbage of it
    gc.collect()
    gc.freeze()


def raise_file_limit() -> int:
    """Allow ourselves as many open files as the system lets us; how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST_FILES if soft == resource.RLIM_INFINITY else soft
    with contextlib.suppress(ValueError, OSError):  # macOS has a limit that it does not tell
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
