"""The gateway as an application: what a request passes through, and what answers it."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from doors.methods import Methods
from doors.problems import Problems
from doors.requests import RequestId
from gateway.http import (
    access,
    assessments,
    audited,
    cors,
    dicomweb,
    forgetting,
    health,
    objects,
    pictures,
    polls,
    root,
    top,
)
from gateway.http.doorkeeper import Doorkeeper
from gateway.http.openapi import document
from gateway.http.rates import Rates
from gateway.http.state import KEY, Gateway
from gateway.http.traced import Traced
from gateway.parts import Parts
from gateway.problem import problem
from gateway.settings import Settings

ROUTERS = [each.router for each in (polls, assessments, forgetting, pictures, objects, dicomweb, health, root, top)]


def create_app(settings: Settings) -> FastAPI:
    """The gateway; docs and their scripts are served from here, since a hospital has no way out.

    Its state.stopping is an event; who serves it sets that before waiting for requests to end.

    Raises:
        ReleasesError: the file of releases cannot be read.
        ValueError: the file of the reference, of the secret, of the token or of the clients is not as it should be.
        OSError: a certificate, a password or the token cannot be read.
    """
    parts = Parts(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Gateway]]:
        async with parts.running() as gateway:
            yield {KEY: gateway}

    app = FastAPIOffline(**document.ABOUT, lifespan=lifespan)
    app.state.stopping = parts.stopping
    _add_layers(app, settings, parts)
    for router in ROUTERS:
        app.include_router(router)
    document.complete(app)
    return app


def _add_layers(app: FastAPI, settings: Settings, parts: Parts) -> None:
    """What a request passes through; the last that is added comes first."""
    problems = Problems(problem, parts.metrics.problem)
    if parts.traced:
        app.add_middleware(Traced, tracer=parts.traced.get_tracer("gateway"))
    app.add_middleware(Doorkeeper, problems=problems)
    app.add_middleware(Rates, problems=problems, per_s=settings.client_per_s, in_flight=settings.client_in_flight)
    access.let_in(app, settings, problems)
    app.add_middleware(Methods)
    cors.let_in(app, settings.cors_origins)
    audited.let_in(app)
    app.add_middleware(RequestId)
    problems.install(app)
