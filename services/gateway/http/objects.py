"""/v1/assessments/{id}/...: an assessment as DICOM objects and as FHIR, for PACS, viewers and records."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from gateway.http import numbers
from gateway.http.assessments import BINARY, PROBLEM, find_record
from gateway.http.openapi.headers import told
from gateway.http.state import Gateway
from gateway.store import Record
from imaging.header import unpack
from results.errors import NotFoundError
from results.identity import Superseded
from results.measured import Kept
from results.reading import Answered, NumberReading, Reading, of_classes
from results.schema import Convention, Running
from results.writing import transaction, write_fhir, write_lungs, write_overlay, write_sr

DICOM, DICOM_JSON, FHIR = "application/dicom", "application/dicom+json", "application/fhir+json"
PRIVATE = {"Cache-Control": "private, no-store"}
"""Of what holds patient data."""

OBJECT = {"schema": {"type": "object", "additionalProperties": True}}

UID = r"^[0-9.]{1,64}$"

router = APIRouter(prefix="/v1/assessments", tags=["results"])


def _answers(media_type: str, schema: dict[str, Any], *problems: int) -> dict[int | str, dict[str, Any]]:
    """Those of a route that answers what holds patient data."""
    answer = {
        "description": "it holds patient data",
        "content": {media_type: schema},
        "headers": told("Cache-Control", "nobody may keep it"),
    }
    return {200: answer, **dict.fromkeys((*problems, 404, 503), PROBLEM)}


@router.get("/{assessment_id}/sr.dcm", response_class=Response, responses=_answers(DICOM, BINARY, 400))
async def get_report(
    request: Request,
    assessment_id: str,
    supersedes: Annotated[str | None, Query(pattern=UID, description="SOP Instance UID of the report before")] = None,
    supersedes_series: Annotated[str | None, Query(pattern=UID, description="its Series Instance UID")] = None,
) -> Response:
    """The structured report (Comprehensive 3D SR, TID 1500), also of a number."""
    before = Superseded(supersedes, supersedes_series) if supersedes and supersedes_series else None
    return await _dicom(request, assessment_id, lambda reading: write_sr(reading, before))


@router.get("/{assessment_id}/lungs.dcm", response_class=Response, responses=_answers(DICOM, BINARY, 400))
async def get_lungs_segmentation(request: Request, assessment_id: str, convention: Convention = "lungs") -> Response:
    """The lungs (Segmentation); 404 where nobody looked for them: a refused film, a number."""
    return await _dicom(request, assessment_id, lambda reading: write_lungs(of_classes(reading), convention))


@router.get("/{assessment_id}/overlay.dcm", response_class=Response, responses=_answers(DICOM, BINARY))
async def get_overlay(request: Request, assessment_id: str) -> Response:
    """The heat map over the film, with a legend (Secondary Capture), for viewers that show nothing else."""
    return await _dicom(request, assessment_id, lambda reading: write_overlay(of_classes(reading)))


@router.get("/{assessment_id}/fhir", response_class=Response, responses=_answers(FHIR, OBJECT, 400))
async def get_fhir(
    request: Request,
    assessment_id: str,
    bundle: Annotated[
        Literal["collection", "transaction"], Query(description="transaction: to be posted to a FHIR server's base URL")
    ] = "collection",
) -> Response:
    """A FHIR R4 Bundle: DiagnosticReport, Observations, ImagingStudy, Device; an OperationOutcome where it failed."""
    reading = await _reading(request, assessment_id)
    data = await asyncio.to_thread(write_fhir, reading, Gateway.of(request).settings.fhir_patient_system)
    if bundle == "transaction":
        data = json.dumps(transaction(data)).encode()
    return Response(data, media_type=FHIR, headers=PRIVATE)


@router.get("/{assessment_id}/header", response_class=Response, responses=_answers(DICOM_JSON, OBJECT))
async def get_header(request: Request, assessment_id: str) -> Response:
    """What is kept of the DICOM film's header, in the DICOM JSON Model (PS3.18, F): it is patient data."""
    record = await _finished(request, assessment_id)
    if not record.header:
        raise NotFoundError("no header: the radiograph did not come as a DICOM file")
    body = unpack(record.header).to_json()
    return Response(body, media_type=DICOM_JSON, headers=PRIVATE)


async def _dicom(request: Request, assessment_id: str, write: Callable[[Answered], bytes]) -> Response:
    reading = await _reading(request, assessment_id)
    if reading.header is None:
        raise NotFoundError("no DICOM objects: the radiograph did not come as a DICOM file")
    data = await asyncio.to_thread(write, reading)
    return Response(data, media_type=DICOM, headers=PRIVATE)


async def _finished(request: Request, assessment_id: str) -> Record | Kept:
    """What is kept of an assessment, of classes or of a number."""
    try:
        record = await find_record(request, assessment_id)
    except NotFoundError:
        return await numbers.kept(request, assessment_id)
    if isinstance(record.assessment, Running):
        raise NotFoundError("the assessment is running")
    return record


async def _reading(request: Request, assessment_id: str) -> Answered:
    record, store = await _finished(request, assessment_id), Gateway.of(request).store
    header = unpack(record.header) if record.header else None
    if isinstance(record, Kept):
        return NumberReading(header, record.measured, record.key)
    result = await store.named_result(record.key) if record.key else None
    film = await store.film(record.film) if record.film else None
    if record.key and (result is None or film is None):
        raise NotFoundError("the assessment's pictures have expired: post the film again")
    assert not isinstance(record.assessment, Running)  # noqa: S101 - for the type checker: _finished saw to it
    return Reading(header, record.assessment, result, film, record.key)
