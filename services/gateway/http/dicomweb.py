"""/dicomweb: STOW-RS, QIDO-RS and WADO-RS (PS3.18, 10.4 to 10.6), which the listener answers."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from cxr.errors import MalformedError
from gateway.http.assessments import BINARY, PROBLEM
from gateway.http.listener import Listener
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
    operation_id="store_instances",
    response_class=Response,
    responses=STORED,
    openapi_extra={"requestBody": MULTIPART, "parameters": PARAMETERS},
)
async def store_instances(request: Request) -> Response:
    """Store instances; each is assessed, and its results go where the routes say."""
    return await _pass_on(request, "/dicomweb/studies")


@router.post(
    "/studies/{study}",
    operation_id="store_study_instances",
    response_class=Response,
    responses=STORED,
    openapi_extra={"requestBody": MULTIPART, "parameters": PARAMETERS},
)
async def store_study_instances(request: Request, study: Annotated[str, Path(pattern=r"^[0-9.]{1,64}$")]) -> Response:
    """As /studies, for instances of one study only; those of another are not stored."""
    return await _pass_on(request, f"/dicomweb/studies/{study}")


STUDY = "/studies/{study}"
SERIES = f"{STUDY}/series/{{series}}"
INSTANCE = f"{SERIES}/instances/{{instance}}"
FRAMES = f"{INSTANCE}/frames/{{frames}}"

NUMBERS = re.compile(r"[0-9.,]{1,4096}")
"""UIDs, or numbers of frames."""

RELATED = "multipart/related"
OBJECTS, FOUND, PICTURES = (f'{RELATED}; type="application/dicom"',), (JSON,), ("image/jpeg", "image/png")
STORED_FRAMES = (f'{RELATED}; type="application/octet-stream"', f'{RELATED}; type="image/*"')

READ: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "/studies": ("search_studies", "Studies that are as asked", FOUND),
    "/series": ("search_series", "Series that are as asked", FOUND),
    "/instances": ("search_instances", "Instances that are as asked", FOUND),
    f"{STUDY}/series": ("search_study_series", "Series of a study that are as asked", FOUND),
    f"{STUDY}/instances": ("search_study_instances", "Instances of a study that are as asked", FOUND),
    f"{SERIES}/instances": ("search_series_instances", "Instances of a series that are as asked", FOUND),
    STUDY: ("retrieve_study", "All objects of a study", OBJECTS),
    SERIES: ("retrieve_series", "All objects of a series", OBJECTS),
    INSTANCE: ("retrieve_instance", "An object", (*OBJECTS, "application/dicom")),
    f"{STUDY}/metadata": ("retrieve_study_metadata", "What the headers of a study say", FOUND),
    f"{SERIES}/metadata": ("retrieve_series_metadata", "What the headers of a series say", FOUND),
    f"{INSTANCE}/metadata": ("retrieve_instance_metadata", "What a header says", FOUND),
    FRAMES: ("retrieve_frames", "Frames as they are stored, by their numbers, with commas between them", STORED_FRAMES),
    f"{INSTANCE}/bulkdata/7FE00010": ("retrieve_pixels", "All pixels as they are stored", STORED_FRAMES),
    f"{INSTANCE}/rendered": ("render_instance", "An image as a screen shows it", PICTURES),
    f"{FRAMES}/rendered": ("render_frame", "A frame as a screen shows it", PICTURES),
    f"{STUDY}/thumbnail": ("render_study_thumbnail", "A small picture of a study", PICTURES),
    f"{SERIES}/thumbnail": ("render_series_thumbnail", "A small picture of a series", PICTURES),
    f"{INSTANCE}/thumbnail": ("render_instance_thumbnail", "A small picture of an image", PICTURES),
    f"{FRAMES}/thumbnail": ("render_frame_thumbnail", "A small picture of a frame", PICTURES),
}
"""Address to name, what is there, and media types. Source: PS3.18, tables 10.4.1-1 to 10.4.1-5 and 10.6.1-1."""


async def _read(request: Request) -> Response:
    if not all(NUMBERS.fullmatch(each) for each in request.path_params.values()):
        raise MalformedError("not understood: a UID or frames in the address")
    return await _listener(request).fetch(request)


def _offer(path: str, name: str, summary: str, kinds: tuple[str, ...]) -> None:
    empty: dict[int | str, dict[str, Any]] = {204: {"description": "nothing is as asked"}} if "search" in name else {}
    there = {"description": summary, "content": {kind: {} for kind in kinds}}
    problems: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 404, 406, 410, 429), PROBLEM)
    named = [each.strip("{}") for each in path.split("/") if each.startswith("{")]
    where = [{"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in named]
    router.add_api_route(
        path,
        _read,
        operation_id=name,
        summary=summary,
        response_class=Response,
        responses={200: there} | empty | problems,
        openapi_extra={"parameters": where},
    )


for _path, _about in READ.items():
    _offer(_path, *_about)


async def _pass_on(request: Request, path: str) -> Response:
    upload_timeout_s = Gateway.of(request).settings.upload_timeout_s
    return await _listener(request).pass_on(request, path, upload_timeout_s)


def _listener(request: Request) -> Listener:
    listener = Gateway.of(request).listener
    if listener is None:
        raise NotFoundError("this gateway has no listener (CXR_LISTENER) that keeps instances")
    return listener
