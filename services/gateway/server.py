"""How the gateway is served."""

import ssl

from fastapi import FastAPI

from doors import server
from doors.connections import Limits
from gateway.settings import Settings


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until stopped by a signal; requests in flight are finished first."""
    header_s = settings.header_timeout_s
    limits = Limits(settings.max_connections, header_s, header_s + settings.upload_timeout_s)  # it is told so first
    server.serve(
        app,
        limits,
        app.state.stopping,
        host=settings.host,
        port=settings.port,
        timeout_graceful_shutdown=round(settings.deadline_s) + 1,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        ssl_ca_certs=str(settings.tls_clients) if settings.tls_clients else None,
        ssl_cert_reqs=ssl.CERT_OPTIONAL if settings.tls_clients else ssl.CERT_NONE,
    )
