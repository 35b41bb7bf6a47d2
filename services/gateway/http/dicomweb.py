"""/dicomweb: STOW-RS (PS3.18, 10.5), which the listener answers; its address is the gateway's."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gateway.http.assessments import BINARY, PROBLEM
from gateway.http.state import Gateway
from results.errors import NotFoundError

JSON, XML = "application/dicom+json", "application/dicom+xml"
ANSWER: dict[str, Any] = {JSON: {}, XML: {}}

MULTIPART = {
    "required": True,
    "content": {'multipart/related; type="application/dicom"': BINARY, "application/dicom": BINARY},
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

STORED: dict[int | str, dict[str, Any]] = {
    200: {"description": "all instances are stored", "content": ANSWER},
    202: {"description": "some are not: FailedSOPSequence says which, and why", "content": ANSWER},
    409: {"description": "none is", "content": ANSWER},
    **dict.fromkeys((400, 404, 406, 413, 415, 429), PROBLEM),
}

router = APIRouter(prefix="/dicomweb", tags=["DICOMweb"])


@router.post(
    "/studies",
    response_class=Response,
    responses=STORED,
    openapi_extra={"requestBody": MULTIPART, "parameters": PARAMETERS},
)
async def store_instances(request: Request) -> Response:
    """Store instances; each is assessed, and its results go where the routes say."""
    return await _pass_on(request, "/dicomweb/studies")


@router.post(
    "/studies/{study}",
    response_class=Response,
    responses=STORED,
    openapi_extra={"requestBody": MULTIPART, "parameters": PARAMETERS},
)
async def store_study_instances(request: Request, study: Annotated[str, Path(pattern=r"^[0-9.]{1,64}$")]) -> Response:
    """As /studies, for instances of one study only; those of another are not stored."""
    return await _pass_on(request, f"/dicomweb/studies/{study}")


async def _pass_on(request: Request, path: str) -> Response:
    gateway = Gateway.of(request)
    if gateway.listener is None:
        raise NotFoundError("this gateway has no listener (CXR_LISTENER) that could keep instances")
    return await gateway.listener.pass_on(request, path, gateway.settings.upload_timeout_s)
