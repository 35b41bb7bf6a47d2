"""/livez, /readyz and /metrics."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from gateway.errors import StageUnavailableError
from gateway.fleet.stages import Stage
from gateway.http.openapi.headers import AGAIN
from gateway.http.state import Gateway

router = APIRouter(tags=["health"])


class StageHealth(BaseModel):
    """One stage of the serving release, as its replicas' workers answered when they were last asked (fleet.replica)."""

    ready: bool
    up: int
    """Replicas that are up."""
    down: int
    version: str | None = None
    digest: str | None = None
    precision: str | None = None
    """Of its arithmetic: int8, f32, or bf16 on a GPU."""
    error: str | None = None


class Health(BaseModel):
    """Whether an assessment could be made now. Redis away makes it slower, not impossible."""

    ready: bool
    stages: dict[str, StageHealth]
    redis: bool
    audit: bool | None = None
    """Whether the disk takes the audit's rows; films are assessed all the same. null: there is no audit."""


@router.get("/livez", response_class=PlainTextResponse)
async def livez() -> str:
    """The process is alive; it says nothing of the stages."""
    return "alive"


@router.get("/readyz", responses={503: {"model": Health, "description": "a stage is down", "headers": AGAIN}})
async def readyz(request: Request, response: Response) -> Health:
    """Able to answer now: every stage's model, asked through its worker every few seconds."""
    gateway = Gateway.of(request)
    redis = await gateway.store.ready()
    stages = {stage.name: _health(stage) for stage in gateway.fleet.serving.all()}
    health = Health(
        ready=all(each.ready for each in stages.values()), stages=stages, redis=redis, audit=gateway.trail.well
    )
    if not health.ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = "5"
    return health


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """For Prometheus."""
    gateway = Gateway.of(request)
    await measure(gateway)
    await run_in_threadpool(gateway.metrics.trail.observe, gateway.trail)
    return Response(gateway.metrics.render(), media_type=CONTENT_TYPE_LATEST)


async def measure(gateway: Gateway) -> None:
    """Set the gauges that are only known when somebody asks."""
    gateway.metrics.forget_fleet()
    for fleet in (gateway.fleet, *gateway.measurer.fleets.values()):
        fleet.measure()
    gateway.metrics.redis_up.set(await gateway.store.ready())


def _health(stage: Stage) -> StageHealth:
    up, down = stage.replicas()
    who = stage.now()
    if who is None:
        return StageHealth(ready=False, up=up, down=down, error=StageUnavailableError.code)
    about = {"version": who.version, "digest": who.digest, "precision": who.precision or None}
    return StageHealth(ready=True, up=up, down=down, **about)
