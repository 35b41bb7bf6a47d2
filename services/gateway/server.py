"""uvicorn, told to end long polls first when it stops."""

import asyncio
import contextlib
import socket
import ssl
import sys

import uvicorn
from fastapi import FastAPI

from doors.access.certificates import CertifiedProtocol
from gateway.settings import Settings

NOT_STARTED = 3
"""Exit status where the lifespan failed or the port is taken; uvicorn's own."""


class Server(uvicorn.Server):
    """Sets the app's stopping event before it waits for requests: a long poll must not hold up a stop."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the long polls, then finish the requests in flight."""
        self._stopping.set()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until stopped by a signal; requests in flight are finished first."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=round(settings.deadline_s) + 1,
        server_header=False,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        ssl_ca_certs=str(settings.tls_clients) if settings.tls_clients else None,
        ssl_cert_reqs=ssl.CERT_OPTIONAL if settings.tls_clients else ssl.CERT_NONE,
        http=CertifiedProtocol,
    )
    server = Server(config, app.state.stopping)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises the signal again when it has stopped
        server.run()
    if not server.started:
        sys.exit(NOT_STARTED)
