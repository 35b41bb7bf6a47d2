"""GET /v1/assessments: the feed over HTTP, as a long poll."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.feed import START
from gateway.http.assessments import PROBLEM
from gateway.http.state import Gateway
from results.schema import Page

MAX_WAIT_S = 30
"""That a poll may wait: below what proxies give a request."""

MAX_ENTRIES = 1000
"""Entries of a page."""

router = APIRouter(prefix="/v1/assessments", tags=["assessments"])


@router.get("", response_model=Page, responses=dict.fromkeys((400, 429, 503), PROBLEM))
async def list_assessments(
    request: Request,
    after: Annotated[str, Query(description="the cursor of the page before; without it, from the oldest kept")] = START,
    limit: Annotated[int, Query(ge=1, le=MAX_ENTRIES)] = 100,
    wait_s: Annotated[float, Query(ge=0, le=MAX_WAIT_S, description="for the first entry, where there is none")] = 0,
) -> Response:
    """Assessments in the order in which they were finished: assessed, refused, and failed asynchronous ones.

    It takes no slot of those that films need. It ends early, with an empty page, when the gateway stops.
    """
    page = await _unless_ended(request, Gateway.of(request), after, limit, wait_s)
    return Response(page.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


async def _unless_ended(request: Request, gateway: Gateway, after: str, limit: int, wait_s: float) -> Page:
    """The page, or an empty one as soon as the client hangs up or the gateway stops."""
    reading = asyncio.create_task(gateway.feed.next(after, limit, wait_s))
    ends = [asyncio.create_task(each) for each in (_hung_up(request), gateway.stopping.wait())]
    try:
        await asyncio.wait([reading, *ends], return_when=asyncio.FIRST_COMPLETED)
        return reading.result() if reading.done() else Page(assessments=[], next=after)
    finally:
        for task in (reading, *ends):
            task.cancel()
        await asyncio.gather(reading, *ends, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    """Returns when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
