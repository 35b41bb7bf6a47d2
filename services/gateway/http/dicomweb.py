"""/dicomweb: STOW-RS (PS3.18, 10.5). Films are handed to the listener, which keeps them and sees to their results."""

import asyncio
import contextlib
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from cxr.errors import MalformedError, UnsupportedTypeError
from gateway.http.assessments import PROBLEM
from gateway.http.intake import Intake, Kept
from gateway.http.multipart import parts
from gateway.http.state import Gateway
from gateway.http.stow import NO_ROOM, TOO_LARGE, Instance, Outcome
from gateway.http.uploads import read_body
from gateway.lanes import Lane, lane_of
from imaging.errors import OverloadedError
from results.errors import NotFoundError

JSON = "application/dicom+json"
ACCEPTED = (JSON, "application/json", "application/*", "*/*")
"""What the Accept header may ask for."""

BUSY_S = 10
"""After which the listener may have room again."""

MULTIPART = {
    "required": True,
    "content": {'multipart/related; type="application/dicom"': {"schema": {"type": "string", "format": "binary"}}},
}

PARAMETERS = [
    {
        "name": "Priority",
        "in": "header",
        "required": False,
        "description": "urgent (or u=0): these films are assessed before all routine ones",
        "schema": {"type": "string"},
    }
]

router = APIRouter(prefix="/dicomweb", tags=["DICOMweb"])


@router.post(
    "/studies",
    response_class=Response,
    responses={
        200: {"description": "all instances are stored", "content": {JSON: {}}},
        202: {"description": "some are not: FailedSOPSequence says which, and why", "content": {JSON: {}}},
        409: {"description": "none is", "content": {JSON: {}}},
        **dict.fromkeys((400, 404, 413, 415, 429), PROBLEM),
    },
    openapi_extra={"requestBody": MULTIPART, "parameters": PARAMETERS},
)
async def store_instances(request: Request) -> Response:
    """Store instances; each is assessed, and its results go where the routes say."""
    return await _store(request, None)


@router.post(
    "/studies/{study}",
    response_class=Response,
    openapi_extra={"requestBody": MULTIPART, "parameters": PARAMETERS},
)
async def store_study_instances(request: Request, study: Annotated[str, Path(pattern=r"^[0-9.]{1,64}$")]) -> Response:
    """As /studies, for instances of one study only; those of another are not stored."""
    return await _store(request, study)


async def _store(request: Request, study: str | None) -> Response:
    gateway = Gateway.of(request)
    intake = gateway.intake
    _check_accept(request)
    if not intake.offered:
        raise NotFoundError("this gateway has no listener (CXR_LISTENER) that could keep instances")
    settings = gateway.settings
    lane = lane_of(request.headers.get("priority", ""))
    body = await read_body(request, gateway.buffers, settings.max_store_bytes, settings.upload_timeout_s)
    outcome = Outcome(study)
    with contextlib.ExitStack() as stack:
        stack.callback((await gateway.admission.enter(lane, settings.deadline_s)).leave)
        # In a thread: a request may hold many films, and others are being answered meanwhile.
        for instance in await asyncio.to_thread(_instances, request.headers.get("content-type", ""), body):
            await _keep(instance, intake, outcome, urgent=lane is Lane.URGENT)
    if not outcome.instances:
        raise MalformedError("the request has no instance in it")
    if outcome.full and not outcome.stored:
        raise OverloadedError(BUSY_S)
    return Response(outcome.body(str(request.base_url)), outcome.status(), media_type=JSON)


def _instances(content_type: str, body: bytes) -> list[Instance]:
    return [Instance.of(part) for part in parts(content_type, body)]


async def _keep(instance: Instance, intake: Intake, outcome: Outcome, urgent: bool) -> None:
    reason = instance.failure(outcome.study)
    if reason is None:
        kept = await intake.keep(instance.part10, urgent)
        reason = {Kept.KEPT: None, Kept.TOO_LARGE: TOO_LARGE, Kept.NO_ROOM: NO_ROOM}[kept]
    outcome.add(instance, reason)


def _check_accept(request: Request) -> None:
    asked = [each.partition(";")[0].strip() for each in request.headers.get("accept", "*/*").lower().split(",")]
    if not set(asked) & set(ACCEPTED):
        raise UnsupportedTypeError(f"the answer is {JSON}, which Accept does not allow")
