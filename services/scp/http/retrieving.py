"""WADO-RS (PS3.18, 10.4): objects, metadata and frames as they are stored. Its public address is the gateway's."""

import json
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from cxr.errors import MalformedError
from imaging.part10 import PIXEL_DATA, read_header
from scp.films import START_BYTES
from scp.holdings.attributes import Model, model, tag, values
from scp.holdings.frames import PIECE_BYTES, Frames
from scp.holdings.holdings import Holdings
from scp.holdings.index import Held
from scp.holdings.urls import instance_url
from scp.http.addresses import INSTANCE, PATH, SERIES, STUDY, base, uids
from scp.http.negotiation import DICOM, Chosen, choose, frame_offers, instance_offers, refusal
from scp.http.related import PRIVATE, related
from scp.http.searching import JSON, check_json

PIXELS = f"{PIXEL_DATA:08X}"

MAX_FRAMES = 1000
"""Of one request."""


def router(holdings: Holdings) -> APIRouter:
    """The routes of a running service."""
    routes = APIRouter(prefix=PATH)
    retrieving = Retrieving(holdings)
    for path in (STUDY, SERIES, INSTANCE):
        routes.get(path)(retrieving.objects)
        routes.get(f"{path}/metadata")(retrieving.metadata)
    routes.get(f"{INSTANCE}/frames/{{frames}}")(retrieving.frames)
    routes.get(f"{INSTANCE}/bulkdata/{PIXELS}")(retrieving.pixels)
    return routes


def numbers(request: Request) -> list[int]:
    """Of the frames that the address names.

    Raises:
        MalformedError: they are no numbers, or too many.
    """
    parts = str(request.path_params["frames"]).split(",")
    if len(parts) > MAX_FRAMES or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise MalformedError("frames are numbers from 1, with commas between them")
    return [int(part) for part in parts]


class Retrieving:
    """Answers; files are read in pieces while they are sent."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def objects(self, request: Request) -> Response:
        """A study, a series or an instance, as stored: 406 where one is in no transfer syntax that is accepted."""
        found = self._holdings.instances(*(asked := uids(request)))
        alone = len(asked) == 3
        chosen = [(held, _chosen_object(request, held, alone)) for held in found]
        if alone and chosen[0][1].single:
            media_type = chosen[0][1].offer.content_type
            return StreamingResponse(self._whole(found[0]), headers=PRIVATE, media_type=media_type)
        return related(DICOM, ((each.offer.content_type, self._whole(held)) for held, each in chosen))

    def metadata(self, request: Request) -> Response:
        """What the headers say of a study, a series or an instance; of pixels, where they are."""
        check_json(request)
        found, at = self._holdings.instances(*uids(request)), base(request)
        return StreamingResponse(self._headers(found, at), headers=PRIVATE, media_type=JSON)

    def frames(self, request: Request) -> Response:
        """Frames of an instance, as stored."""
        return self._frames(request, numbers(request))

    def pixels(self, request: Request) -> Response:
        """All of an instance's pixels: one value, or a frame after the other where they are compressed."""
        (held,) = self._holdings.instances(*uids(request))[:1]
        with self._holdings.open(held) as file:
            frames = Frames.of(file)
            if frames.compressed:
                return self._frames(request, list(range(1, frames.count + 1)))
        return self._frames(request, [])

    def _frames(self, request: Request, wanted: list[int]) -> Response:
        """Some frames; none stands for the value that all are in."""
        (held,) = self._holdings.instances(*uids(request))[:1]
        with self._holdings.open(held) as file:
            frames = Frames.of(file)
            for number in wanted:
                frames.check(number)
            offers = frame_offers(frames)
        chosen = choose(request, offers, len(wanted) <= 1)
        if chosen is None:
            raise refusal(offers)
        pieces = self._pixels(held, wanted)
        if chosen.single:
            alone = (piece for part in pieces for piece in part)
            return StreamingResponse(alone, headers=PRIVATE, media_type=chosen.offer.content_type)
        return related(chosen.offer.kind, ((chosen.offer.content_type, part) for part in pieces))

    def _whole(self, held: Held) -> Iterator[bytes]:
        with self._holdings.open(held) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def _pixels(self, held: Held, wanted: list[int]) -> Iterator[Iterator[bytes]]:
        with self._holdings.open(held) as file:
            frames = Frames.of(file)
            if not wanted:
                yield frames.whole()
            for number in wanted:
                yield frames.read(number)

    def _headers(self, found: list[Held], at: str) -> Iterator[bytes]:
        """A JSON array, an instance at a time."""
        before = b"["
        for held in found:
            yield before + json.dumps(self._header(held, at)).encode()
            before = b","
        yield b"]"

    def _header(self, held: Held, at: str) -> Model:
        with self._holdings.open(held) as file:
            header = read_header(file.read(START_BYTES))
        known = model(header)
        known[tag("AvailableTransferSyntaxUID")] = values("UI", held.syntax)
        if "Rows" in header:
            vr = "OB" if int(header.get("BitsAllocated") or 0) <= 8 else "OW"
            known[PIXELS] = {"vr": vr, "BulkDataURI": f"{instance_url(at, held)}/bulkdata/{PIXELS}"}
        return known


def _chosen_object(request: Request, held: Held, alone: bool) -> Chosen:
    offers = instance_offers(held.syntax)
    chosen = choose(request, offers, alone)
    if chosen is None:
        raise refusal(offers)
    return chosen
