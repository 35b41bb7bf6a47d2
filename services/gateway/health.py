"""/livez, /readyz and /metrics."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from cxr.errors import StageError
from gateway.stages import Stage

PROBE_S = 2.0
"""How long a stage's worker may take to say who it is. Under full load it waits in the same queue as the films."""

router = APIRouter(tags=["health"])


class StageHealth(BaseModel):
    """One stage, as its own worker answered just now."""

    ready: bool
    version: str | None = None
    digest: str | None = None
    error: str | None = None


class Health(BaseModel):
    """Whether an assessment could be made now. Redis away makes it slower, not impossible."""

    ready: bool
    stages: dict[str, StageHealth]
    redis: bool


@router.get("/livez", response_class=PlainTextResponse)
async def livez() -> str:
    """The process is alive; it says nothing of the stages."""
    return "alive"


@router.get("/readyz", responses={503: {"model": Health}})
async def readyz(request: Request, response: Response) -> Health:
    """Able to answer now: every stage's model, asked through its worker."""
    stages = request.state.stages.all()
    *found, redis = await asyncio.gather(*map(_health, stages), request.state.store.ready())
    health = Health(
        ready=all(each.ready for each in found),
        stages={stage.name: each for stage, each in zip(stages, found, strict=True)},
        redis=redis,
    )
    if not health.ready:
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = "5"
    return health


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """For Prometheus."""
    return Response(request.state.metrics.render(), media_type=CONTENT_TYPE_LATEST)


async def _health(stage: Stage) -> StageHealth:
    try:
        who = await stage.describe(PROBE_S)
    except StageError as error:
        return StageHealth(ready=False, error=error.code)
    return StageHealth(ready=True, version=who.version, digest=who.digest)
