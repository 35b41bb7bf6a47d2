"""/v1/assessments: the product's HTTP face. Takes care of HTTP only, and hands over."""

import asyncio
import contextlib
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from cxr.errors import NotFoundError
from cxr.radiograph import Pixels
from gateway.assessor import Assessor
from gateway.fleet.lanes import lane_of
from gateway.requests import current_request_id
from gateway.store import Record, Store
from gateway.uploads import receive
from results import pictures
from results.schema import Assessment, Problem, Result, Running

PROBLEM: dict[str, Any] = {"model": Problem, "content": {"application/problem+json": {}}}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {
    "required": True,
    "content": {
        "application/dicom": BINARY,
        "image/png": BINARY,
        "image/jpeg": BINARY,
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": BINARY["schema"]}}
        },
    },
}
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": BINARY}}, 404: PROBLEM}

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


def _header(name: str, description: str) -> dict[str, object]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string"}}


@router.post(
    "",
    response_model=Assessment,
    responses={202: {"model": Running}, **dict.fromkeys((400, 413, 415, 422, 429, 502, 503, 504), PROBLEM)},
    openapi_extra={
        "requestBody": UPLOAD,
        "parameters": [
            _header("Prefer", "respond-async: 202 and a Location at once"),
            _header("Cache-Control", "no-cache: compute it, whatever is known already"),
            _header("Priority", "urgent (or u=0): before all routine films"),
            _header("X-Request-ID", "returned, and in every log line; made where absent"),
        ],
    },
)
async def post_assessment(
    request: Request,
    despite_refusal: Annotated[
        bool, Query(description="assess it although the discriminator refuses: a doctor has looked")
    ] = False,
) -> Response:
    """Assess one radiograph: the file itself as the body, or a form with one part named file."""
    state = request.state
    assessor: Assessor = state.assessor
    settings = state.settings
    lane = lane_of(request.headers.get("priority", ""))
    state.admission.check(lane)
    file = await receive(request, state.admission, settings.max_upload_bytes, settings.upload_timeout_s)
    fresh = _asks(request, "cache-control", "no-cache")
    work = assessor.work(file, current_request_id() or "", fresh, despite_refusal, lane)
    with contextlib.ExitStack() as stack:
        stack.callback((await state.admission.enter(lane)).leave)
        work.ahead = state.admission.idle
        await assessor.prepare(work)
        if not _asks(request, "prefer", "respond-async"):
            return _json(await assessor.finish(work))
        running = await assessor.begin(work, release=stack.pop_all().close)
    location = str(request.url_for("get_assessment", assessment_id=running.id).path)
    return _json(running, HTTPStatus.ACCEPTED, {"Location": location, "Preference-Applied": "respond-async"})


@router.get("/{assessment_id}", response_model=Assessment, responses={202: {"model": Running}, 404: PROBLEM})
async def get_assessment(request: Request, assessment_id: str) -> Response:
    """One assessment; 202 while it runs."""
    assessment = (await find_record(request, assessment_id)).assessment
    if isinstance(assessment, Running):
        return _json(assessment, HTTPStatus.ACCEPTED, {"Retry-After": "1"})
    return _json(assessment)


@router.get("/{assessment_id}/radiograph.png", response_class=Response, responses=PNG)
async def get_radiograph(request: Request, assessment_id: str) -> Response:
    """The pixels that were assessed, 8 bit, as displayed."""
    record = await find_record(request, assessment_id)
    return await _png(pictures.radiograph_png, await _film(request, record))


@router.get("/{assessment_id}/lungs.png", response_class=Response, responses=PNG)
async def get_lungs(request: Request, assessment_id: str) -> Response:
    """The lung mask, 1 bit, white is lung, in the size of radiograph.png."""
    record = await find_record(request, assessment_id)
    return await _png(pictures.lungs_png, await _result(request, record), await _film(request, record))


@router.get("/{assessment_id}/heatmap.png", response_class=Response, responses=PNG)
async def get_heatmap(
    request: Request,
    assessment_id: str,
    wanted: Annotated[str | None, Query(alias="class", description="default: the predicted class")] = None,
    overlay: Annotated[bool, Query(description="in colour over the radiograph")] = False,
) -> Response:
    """Where the classifier looked, in the size of radiograph.png."""
    record = await find_record(request, assessment_id)
    result, film = await _result(request, record), await _film(request, record)
    return await _png(pictures.heatmap_png, result, film, wanted, overlay)


def _asks(request: Request, header: str, value: str) -> bool:
    """Whether a list header, such as Prefer, holds a value."""
    return value in (each.strip().lower() for each in request.headers.get(header, "").split(","))


async def find_record(request: Request, assessment_id: str) -> Record:
    """The record of an assessment.

    Raises:
        NotFoundError: there is none, or it has expired.
    """
    store: Store = request.state.store
    if record := await store.record(assessment_id):
        return record
    raise NotFoundError("no such assessment, or it has expired")


async def _result(request: Request, record: Record) -> Result:
    store: Store = request.state.store
    if result := await store.named_result(record.key):
        return result
    raise NotFoundError("no pictures: the assessment is running or failed, or they have expired")


async def _film(request: Request, record: Record) -> Pixels:
    store: Store = request.state.store
    film = await store.film(record.film)
    if film is None:
        raise NotFoundError("no pictures: the assessment is running or failed, or they have expired")
    return film


async def _png(draw: Callable[..., bytes], *arguments: object) -> Response:
    """Drawn in a thread: a large film takes longer than an assessment."""
    data = await asyncio.to_thread(draw, *arguments)
    return Response(data, media_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


def _json(model: BaseModel, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    return Response(model.model_dump_json(by_alias=True), status, headers, media_type="application/json")
