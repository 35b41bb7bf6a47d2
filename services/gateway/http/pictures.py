"""/v1/assessments/{id}/*.png and *.pgm: what an assessment looks like."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response

from cxr.errors import MalformedError
from cxr.radiograph import Pixels
from gateway.http import numbers
from gateway.http.assessments import BINARY, PROBLEM, find_record
from gateway.http.background import after_films
from gateway.http.openapi.headers import told
from gateway.http.state import Gateway
from gateway.store import Record
from results import pictures
from results.errors import NotFoundError
from results.measured import Kept
from results.schema import Convention, Result

MIN_SIDE, MAX_SIDE = 16, 4096
"""Pixels. Source: less shows nothing; no detector has many more."""

CACHE_HEADERS = {"Cache-Control": "private, max-age=3600"}
PGM_TYPE = "image/x-portable-graymap"


def _answers(media_type: str, *problems: int) -> dict[int | str, dict[str, Any]]:
    """Those of a route that answers a picture."""
    picture = {
        "description": "the picture",
        "content": {media_type: BINARY},
        "headers": told("Cache-Control", "how long a browser may keep it"),
    }
    return {200: picture, **dict.fromkeys(problems, PROBLEM)}


PNG, PGM = _answers("image/png", 400, 404, 503), _answers(PGM_TYPE, 404, 503)

Side = Annotated[
    int | None,
    Query(ge=MIN_SIDE, le=MAX_SIDE, description="pixels of the longer side; default, and at most, those of the film"),
]

Found = TypeVar("Found", Result, Pixels, tuple[int, int])

_drawing = ThreadPoolExecutor(1, "drawing")
"""One picture at a time: every further one would take a core from the films that are being decoded."""

router = APIRouter(prefix="/v1/assessments", tags=["assessments"], dependencies=[Depends(after_films)])


@router.get("/{assessment_id}/radiograph.png", response_class=Response, responses=PNG)
async def get_radiograph(request: Request, assessment_id: str, side: Side = None) -> Response:
    """The pixels that were assessed, 8 bit, as displayed."""
    return await _png(pictures.radiograph_png, await _film(request, await _answer(request, assessment_id)), side)


@router.get("/{assessment_id}/radiograph.pgm", response_class=Response, responses=PGM)
async def get_plain_radiograph(request: Request, assessment_id: str) -> Response:
    """The same as they are, not compressed: for programs beside the gateway, which it costs nothing to draw for."""
    film = await _film(request, await _answer(request, assessment_id))
    return Response(pictures.radiograph_pgm(film), media_type=PGM_TYPE, headers=CACHE_HEADERS)


@router.get("/{assessment_id}/lungs.png", response_class=Response, responses=PNG)
async def get_lungs(
    request: Request, assessment_id: str, side: Side = None, convention: Convention = "lungs"
) -> Response:
    """The lung mask, 1 bit, white is lung, over the whole film; lungs have the region behind the heart in them."""
    record = await _answer(request, assessment_id)
    if isinstance(record, Kept):
        raise NotFoundError("no lungs: this answer is a number's")
    result, shape = await _result(request, record), await _shape(request, record)
    return await _png(pictures.lungs_png, result, shape, side, convention)


@router.get("/{assessment_id}/heatmap.png", response_class=Response, responses=PNG)
async def get_heatmap(
    request: Request,
    assessment_id: str,
    wanted: Annotated[str | None, Query(alias="class", description="default: the predicted class")] = None,
    overlay: Annotated[bool, Query(description="in colour over the radiograph")] = False,
    side: Side = None,
) -> Response:
    """Where the classifier looked, over the whole film; of a number, where the film votes for it."""
    record = await _answer(request, assessment_id)
    if isinstance(record, Kept):
        if wanted:
            raise MalformedError("class does not go with a number, which has one heat map")
        heat = partial(pictures.heat_of_number, await numbers.heat(request, record))
    else:
        heat = partial(pictures.heat_map, await _result(request, record), wanted=wanted)
    if overlay:
        return await _png(pictures.overlay_png, heat, await _film(request, record), side)
    return await _png(pictures.heatmap_png, heat, await _shape(request, record), side)


async def _answer(request: Request, assessment_id: str) -> Record | Kept:
    """An assessment, or what was measured, by its id.

    Raises:
        NotFoundError: there is none, or it has expired; or it is another caller's, which is not told.
    """
    try:
        return await find_record(request, assessment_id)
    except NotFoundError:
        return await numbers.kept(request, assessment_id)


async def _result(request: Request, record: Record) -> Result:
    store = Gateway.of(request).store
    return _there(await store.named_result(record.key))


async def _film(request: Request, record: Record | Kept) -> Pixels:
    store = Gateway.of(request).store
    return _there(await store.film(record.film))


async def _shape(request: Request, record: Record | Kept) -> tuple[int, int]:
    """A film's, without reading its pixels."""
    store = Gateway.of(request).store
    return _there(await store.shape(record.film))


def _there(found: Found | None) -> Found:
    if found is None:
        raise NotFoundError("no pictures: the assessment is running or failed, or they have expired")
    return found


async def _png(draw: Callable[..., bytes], *arguments: object) -> Response:
    """Drawn in a thread: a large film takes longer than an assessment."""
    data = await asyncio.get_running_loop().run_in_executor(_drawing, draw, *arguments)
    return Response(data, media_type="image/png", headers=CACHE_HEADERS)
