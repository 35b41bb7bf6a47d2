"""The composition root: the only function that knows every adapter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from cxr import tracing
from doors.methods import Methods
from doors.problems import Problems
from doors.requests import RequestId
from gateway.admission import Admission
from gateway.assessor import Assessor
from gateway.decoder import Decoder
from gateway.feed import Feed
from gateway.fleet.channels import Channels
from gateway.fleet.fleet import Fleet
from gateway.fleet.releases import Plan
from gateway.http import access, assessments, cors, dicomweb, health, objects, pictures, polls, root
from gateway.http.buffers import Buffers
from gateway.http.doorkeeper import Doorkeeper
from gateway.http.listener import Listener
from gateway.http.openapi import document
from gateway.http.rates import Rates
from gateway.http.state import KEY, Gateway
from gateway.http.traced import SERVICE, Traced
from gateway.metrics import Metrics
from gateway.pairs import Pairs
from gateway.problem import problem
from gateway.settings import Settings
from gateway.shadow import Shadow
from gateway.store import Store
from gateway.threads import Threads
from gateway.vault import Vault
from imaging import codec
from imaging.reference import Reference
from vocabulary.stages import STAGES

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


def create_app(settings: Settings) -> FastAPI:
    """The gateway; docs and their scripts are served from here, since a hospital has no way out.

    Its state.stopping is an event; who serves it sets that before waiting for requests to end.

    Raises:
        ReleasesError: the file of releases cannot be read.
        ValueError: the file of the reference, of the token or of the clients is not as it should be.
        OSError: a certificate or the token cannot be read.
    """
    metrics = Metrics(Reference.read(settings.reference) if settings.reference else None)
    traced = tracing.provider(SERVICE, version("cxr-cascade"))
    plan = _plan(settings)
    if settings.releases:
        metrics.drift.follow(plan.serve, plan.reference(settings.releases))
    channels = Channels(settings.stage_ca, settings.stage_certificate, settings.stage_key)
    vault, redis_url = Vault(settings.shared_secret()), settings.redis_url
    stopping = asyncio.Event()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Gateway]]:
        store = Store.at(redis_url, vault, settings.redis_timeout_s, settings.assessment_ttl_s, settings.memory_bytes)
        codec.warm()
        async with (
            _closing(traced),
            contextlib.aclosing(store),
            Feed.at(redis_url, settings.redis_timeout_s, metrics) as feed,
            Listener.at(settings.listener, settings.token_file, settings.public_url) as listener,
            Fleet.connect(plan, settings.releases, channels, metrics) as fleet,
            Pairs.at(settings.pairs, vault) as pairs,
            contextlib.aclosing(Shadow(metrics, pairs, settings.deadline_s)) as shadow,
            contextlib.aclosing(Threads("decoder", settings.decoding_bytes)) as decoding,
            contextlib.aclosing(Threads("sampler")) as sampling,
            contextlib.aclosing(
                Assessor(
                    fleet,
                    store,
                    feed,
                    vault,
                    metrics,
                    shadow,
                    Decoder(settings.max_pixels, decoding),
                    sampling,
                    settings.deadline_s,
                )
            ) as assessor,
        ):
            waits = settings.queue_s, max(settings.queue_s, settings.deadline_s / 2)
            admission = Admission(settings.max_in_flight, *waits, metrics, fleet.room)
            buffers = Buffers(settings.max_buffered_bytes, metrics)
            running = Gateway(settings, metrics, fleet, store, feed, listener, assessor, admission, buffers, stopping)
            yield {KEY: running}

    app = FastAPIOffline(**document.ABOUT, lifespan=lifespan)
    app.state.stopping = stopping
    if traced:
        app.add_middleware(Traced, tracer=traced.get_tracer("gateway"))
    problems = Problems(problem, lambda code: metrics.problems.labels(code).inc())
    app.add_middleware(Doorkeeper, problems=problems)
    app.add_middleware(Rates, problems=problems, per_s=settings.client_per_s, in_flight=settings.client_in_flight)
    access.let_in(app, settings, problems)
    app.add_middleware(Methods)
    cors.let_in(app, settings.cors_origins)
    app.add_middleware(RequestId)
    problems.install(app)
    app.include_router(polls.router)
    app.include_router(assessments.router)
    app.include_router(pictures.router)
    app.include_router(objects.router)
    app.include_router(dicomweb.router)
    app.include_router(health.router)
    app.include_router(root.router)
    document.complete(app)
    return app


@contextlib.asynccontextmanager
async def _closing(traced: "TracerProvider | None") -> AsyncIterator[None]:
    """Spans that are left are sent at the end."""
    yield
    if traced:
        await asyncio.to_thread(tracing.close, traced)


def _plan(settings: Settings) -> Plan:
    if settings.releases:
        return Plan.read(settings.releases)
    return Plan.single({name: getattr(settings, name) for name in STAGES})
