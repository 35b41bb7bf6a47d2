"""/v1/assessments: the product's HTTP face. Takes care of HTTP only, and hands over."""

import asyncio
import contextlib
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from cxr.errors import MalformedError
from doors.accept import preferred
from doors.access.caller import Caller
from doors.audited import address_of
from doors.request_id import current_request_id
from gateway import names
from gateway.assessor import Assessor
from gateway.http import numbers
from gateway.http.background import after_films
from gateway.http.openapi.headers import AGAIN, asked, told
from gateway.http.state import Gateway
from gateway.http.uploads import receive
from gateway.lanes import lane_of
from gateway.store import Record
from gateway.tracing import span
from gateway.work import Work
from results.errors import NotFoundError
from results.measured import Kept, Measured
from results.reading import Answered
from results.schema import Assessment, Problem, Running, Source
from results.whole_reading import MEDIA_TYPE as ZIP
from results.whole_reading import write_whole_reading
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import PROBLEMS
from vocabulary.stages import STAGES

JSON = "application/json"
PROBLEM: dict[str, Any] = {"model": Problem, "content": {"application/problem+json": {}}}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {
    "required": True,
    "content": {
        "application/dicom": BINARY,
        "image/png": BINARY,
        "image/jpeg": BINARY,
        "application/octet-stream": BINARY,  # the last: generated clients that know one sort of bytes take that
        "multipart/form-data": {
            "schema": {"type": "object", "required": ["file"], "properties": {"file": BINARY["schema"]}}
        },
    },
}

SOURCE = "X-CXR-Source"
"""The header in which a caller says where a film comes from."""

SOURCES: tuple[Source, ...] = get_args(Source)

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.post(
    "",
    response_model=Assessment | Measured,
    responses={
        200: {
            "description": "as JSON; with Accept: application/zip also the maps and pixels",
            "content": {ZIP: BINARY},
        },
        202: {
            "model": Running,
            "description": "to Prefer: respond-async",
            "headers": told("Location", "path of the assessment") | told("Preference-Applied", "respond-async"),
        },
        **dict.fromkeys((400, 413, 415, 422, 429, 502, 503, 504), PROBLEM),
    },
    openapi_extra={
        "requestBody": UPLOAD,
        "parameters": [
            asked("Prefer", "respond-async: 202 and a Location at once"),
            asked("Cache-Control", "no-cache: compute it, whatever is known already"),
            asked("Priority", "urgent (or u=0): before all routine films"),
            asked(
                SOURCE, f"where the film comes from: {', '.join(SOURCES)}; api where absent. Reading rooms list by it"
            ),
            asked("X-Request-ID", "returned, and in every log line; made where absent"),
        ],
    },
)
async def assess(
    request: Request,
    despite_refusal: Annotated[
        bool, Query(description="assess it although the discriminator refuses: a doctor has looked")
    ] = False,
    correct: Annotated[
        bool, Query(description="turn or invert it where it is refused as rotated or inverted, and assess that")
    ] = False,
    problem: Annotated[
        str,
        Query(
            description=f"what is asked of the film: {', '.join(PROBLEMS)}; {numbers.AUTO}: as its body part (DICOM) "
            "asks, where this gateway answers that, else chest. A number is answered as Measured"
        ),
    ] = CHEST.name,
    sex: Annotated[
        Literal["", "F", "M"], Query(description="of a number that depends on it; where absent, the film's header says")
    ] = "",
) -> Response:
    """Assess one radiograph: the file itself as the body, or a form with one part named file."""
    gateway = Gateway.of(request)
    changed = despite_refusal or correct
    asked = numbers.asked(gateway, problem, sex, changed)
    assessor, settings = gateway.assessor, gateway.settings
    lane, source = lane_of(request.headers.get("priority", "")), _source(request)
    with span("receive"):
        file = await receive(request, gateway.buffers, settings.max_upload_bytes, settings.upload_timeout_s)
    fresh, caller = _asks(request, "cache-control", "no-cache"), Caller.of(request).name
    said = fresh, despite_refusal, correct, caller, lane, address_of(request.scope), source
    work = assessor.work(file, current_request_id() or "", *said)
    with contextlib.ExitStack() as stack:
        with span("admission", lane=lane.label):
            stack.callback((await gateway.admission.enter(lane, work.deadline.left(later_stages=len(STAGES)))).leave)
        work.ahead = gateway.admission.idle
        await assessor.prepare(work)
        if problem == numbers.AUTO:
            asked = numbers.of_film(gateway, work.header, changed)
        measure = partial(gateway.measurer.measure, problem=asked, group=sex) if asked else None
        if not _asks(request, "prefer", "respond-async"):
            return await (_answered(request, await measure(work)) if measure else _finished(request, assessor, work))
        running = await assessor.begin(work, stack.pop_all().close, measure)
    location = str(request.url_for("get_assessment", assessment_id=running.id).path)
    return _json(running, HTTPStatus.ACCEPTED, {"Location": location, "Preference-Applied": "respond-async"})


@router.get(
    "/{assessment_id}",
    response_model=Assessment | Measured,
    responses={
        200: {"description": "it is finished: assessed, refused or failed"},
        202: {
            "model": Running,
            "description": "it is not finished",
            "headers": AGAIN,
        },
        **dict.fromkeys((404, 503), PROBLEM),
    },
    dependencies=[Depends(after_films)],
)
async def get_assessment(request: Request, assessment_id: str) -> Response:
    """One assessment; 202 while it runs."""
    try:
        assessment = (await find_record(request, assessment_id)).assessment
    except NotFoundError:
        return _json((await numbers.kept(request, assessment_id)).measured)
    if isinstance(assessment, Running):
        return _json(assessment, HTTPStatus.ACCEPTED, {"Retry-After": "1"})
    return _json(assessment)


async def _finished(request: Request, assessor: Assessor, work: Work) -> Response:
    reading = await assessor.finish(work)
    return await _answered(request, await assessor.with_film(work, reading) if _wants_all(request) else reading)


async def _answered(request: Request, reading: Answered) -> Response:
    """The assessment; to whoever asks for a ZIP file, with all that results are written from."""
    if not _wants_all(request):
        return _json(reading.assessment)
    return Response(await asyncio.to_thread(write_whole_reading, reading), media_type=ZIP)


def _wants_all(request: Request) -> bool:
    return preferred(request.headers.get("accept", ""), (JSON, ZIP)) == ZIP  # JSON also to who takes neither: 12.5.1


def _asks(request: Request, header: str, value: str) -> bool:
    """Whether a list header, such as Prefer, holds a value, with parameters or without."""
    values = ",".join(request.headers.getlist(header)).split(",")
    return value in (each.partition(";")[0].strip().lower() for each in values)


def _source(request: Request) -> Source:
    """Where a film comes from. Raises MalformedError where that is no source that we know."""
    said = request.headers.get(SOURCE, "api").strip().lower()
    if said not in SOURCES:
        raise MalformedError(f"{SOURCE} takes {', '.join(SOURCES)}")
    return said


async def find_record(request: Request, assessment_id: str) -> Record:
    """The record of an assessment.

    Raises:
        NotFoundError: there is none, or it has expired; or it is another caller's, which is not told.
    """
    store = Gateway.of(request).store
    record = await store.record(assessment_id)
    if record and isinstance(record.assessment, Running) and await store.get(names.measured(assessment_id), Kept):
        record = None  # a number's, which is kept as such
    if record and Caller.of(request).may_see(record.caller):
        return record
    raise NotFoundError("no such assessment, or it has expired")


def _json(model: BaseModel, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:
    return Response(model.model_dump_json(by_alias=True), status, headers, media_type=JSON)
