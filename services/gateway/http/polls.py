"""GET /v1/assessments: the feed over HTTP, as a long poll."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from cxr.errors import MalformedError
from gateway.feed_page import ANY, START
from gateway.http.assessments import PROBLEM
from gateway.http.state import Gateway
from results.schema import Page
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import PROBLEMS

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
    problem: Annotated[
        str, Query(description=f"what the films were asked: {', '.join(PROBLEMS)}; {ANY}: all of it")
    ] = CHEST.name,
) -> Response:
    """Assessments in the order in which they were finished: assessed, refused, and failed asynchronous ones.

    Films of other problems than the chest are listed to who asks for them: no client that knows none gets one.
    It takes no slot of those that films need. It ends early, with an empty page, when the gateway stops.
    """
    if problem not in (*PROBLEMS, ANY):
        raise MalformedError(f"problem takes {', '.join((*PROBLEMS, ANY))}")
    gateway = Gateway.of(request)
    listed = await _unless_ended(request, gateway, gateway.feed.next(after, limit, wait_s, problem))
    page = listed or Page(assessments=[], next=after)
    return Response(page.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


async def _unless_ended(request: Request, gateway: Gateway, listing: Coroutine[Any, Any, Page]) -> Page | None:
    """What it lists; None as soon as the client hangs up or the gateway stops."""
    reading = asyncio.create_task(listing)
    ends = [asyncio.create_task(each) for each in (_hung_up(request), gateway.stopping.wait())]
    try:
        await asyncio.wait([reading, *ends], return_when=asyncio.FIRST_COMPLETED)
        return reading.result() if reading.done() else None
    finally:
        for task in (reading, *ends):
            task.cancel()
        await asyncio.gather(reading, *ends, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    """Returns when the client has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
