"""Rendered instances and thumbnails (PS3.18, 10.4.1.1.3 and 10.4.1.1.4). Their public address is the gateway's."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from cxr.errors import MalformedError
from doors.accept import preferred
from doors.errors import NotAcceptableError
from imaging.picture import write_jpeg, write_png
from scp.holdings.attributes import tag
from scp.holdings.holdings import Holdings
from scp.holdings.index import Held
from scp.holdings.rendered import Box, picture
from scp.http.addresses import INSTANCE, PATH, SERIES, STUDY, uids, warnings
from scp.http.negotiation import accepted
from scp.http.related import PRIVATE
from scp.http.retrieving import numbers
from scp.kept import FILM

JPEG, PNG = "image/jpeg", "image/png"
"""The first is what is meant where anything is accepted. Source: PS3.18, table 8.7.4-1."""

THUMBNAIL: Box = (256, 256)
MAX_SIDE = 16_384
QUALITY = 90

UNSUPPORTED = ("annotation", "window", "iccprofile")
"""Parameters that change nothing. Source: PS3.18, 8.3.5.1: not all have to be supported."""

_rendering = ThreadPoolExecutor(1, "rendering")
"""One picture at a time: each takes up to a second of a processor, and a decoded film of memory."""


def router(holdings: Holdings) -> APIRouter:
    """The routes of a running service."""
    routes = APIRouter(prefix=PATH)
    pictures = Pictures(holdings)
    for path in (INSTANCE, f"{INSTANCE}/frames/{{frames}}"):
        routes.get(f"{path}/rendered")(pictures.rendered)
    for path in (STUDY, SERIES, INSTANCE, f"{INSTANCE}/frames/{{frames}}"):
        routes.get(f"{path}/thumbnail")(pictures.thumbnail)
    return routes


class Pictures:
    """Answers."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    async def rendered(self, request: Request) -> Response:
        """An image as a screen shows it."""
        found = await run_in_threadpool(self._holdings.instances, *uids(request))
        return await self._answer(request, found[0], _frame(request), _box(request))

    async def thumbnail(self, request: Request) -> Response:
        """A small picture: of a study or series, that of its film, or else of another image."""
        found = await run_in_threadpool(self._holdings.instances, *uids(request))
        held = await run_in_threadpool(_typical, found)
        return await self._answer(request, held, _frame(request) or 1, _box(request) or THUMBNAIL)

    async def _answer(self, request: Request, held: Held, frame: int | None, box: Box | None) -> Response:
        kind = preferred(accepted(request), [JPEG, PNG])
        if kind is None:
            raise NotAcceptableError(f"pictures are {JPEG} or {PNG}")
        draw = partial(self._draw, held, frame, box, kind, _quality(request))
        data = await asyncio.get_running_loop().run_in_executor(_rendering, draw)
        told = [f"The {name} parameter is not supported." for name in UNSUPPORTED if name in request.query_params]
        return Response(data, headers=PRIVATE | warnings(request, told), media_type=kind)

    def _draw(self, held: Held, frame: int | None, box: Box | None, kind: str, quality: int) -> bytes:
        with self._holdings.open(held) as file:
            values = picture(file, frame, box)
        return write_png(values) if kind == PNG else write_jpeg(values, quality)


def _typical(several: list[Held]) -> Held:
    """The instance that stands for several: a film before other images, and these before what is none."""

    def rank(held: Held) -> tuple[bool, bool, bool]:
        attributes = held.attributes()
        frames = attributes.get(tag("NumberOfFrames"), {}).get("Value", [1])[0]
        return held.kind != FILM, tag("Rows") not in attributes, frames != 1

    return min(several, key=rank)


def _frame(request: Request) -> int | None:
    if "frames" not in request.path_params:
        return None
    several = numbers(request)
    if len(several) > 1:
        raise NotAcceptableError("several frames are no single picture: ask for one")
    return several[0]


def _box(request: Request) -> Box | None:
    """Columns and rows of the viewport. Source: PS3.18, 8.3.5.1.3."""
    viewport = request.query_params.get("viewport")
    if viewport is None:
        return None
    sides = viewport.split(",")
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() and 0 < int(side) <= MAX_SIDE for side in sides):
        raise MalformedError("viewport is the picture's width and height; no region of the source is taken")
    return int(sides[0]), int(sides[1])


def _quality(request: Request) -> int:
    """Of a JPEG picture. Source: PS3.18, 8.3.5.1.2: from 1 to 100."""
    quality = request.query_params.get("quality", str(QUALITY))
    if not (quality.isascii() and quality.isdigit() and 1 <= int(quality[:4]) <= 100):
        raise MalformedError("quality is a whole number from 1 to 100")
    return int(quality)
