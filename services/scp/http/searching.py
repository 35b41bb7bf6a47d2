"""QIDO-RS (PS3.18, 10.6). Its public address is the gateway's."""

import json
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from doors.accept import preferred
from doors.errors import NotAcceptableError
from scp.holdings.holdings import Holdings
from scp.holdings.query import Query
from scp.holdings.search import Level, Scope
from scp.http.addresses import PATH, SERIES, STUDY, base, uids, warnings
from scp.http.negotiation import accepted
from scp.http.related import PRIVATE

JSON = "application/dicom+json"
OFFERED = [JSON, "application/json"]

SEARCHED: dict[str, Level] = {
    "/studies": "studies",
    "/series": "series",
    "/instances": "instances",
    f"{STUDY}/series": "series",
    f"{STUDY}/instances": "instances",
    f"{SERIES}/instances": "instances",
}
"""Address to what is searched for there. Source: PS3.18, table 10.6.1-1."""


def router(holdings: Holdings) -> APIRouter:
    """The routes of a running service."""
    routes = APIRouter(prefix=PATH)
    for path, level in SEARCHED.items():
        routes.get(path)(_searching(holdings, level))
    return routes


def check_json(request: Request) -> None:
    """Refuse a request that accepts no JSON.

    Raises:
        NotAcceptableError: it does not.
    """
    if preferred(accepted(request), OFFERED) is None:
        raise NotAcceptableError(f"the answer is {JSON}, which Accept does not allow")


def _searching(holdings: Holdings, level: Level) -> Callable[[Request], Response]:
    def search(request: Request) -> Response:
        """Those that are as asked: 200, or 204 where there are none (PS3.18, 8.3.4.4.1)."""
        check_json(request)
        query = Query.of(request.query_params.multi_items())
        page = holdings.search(Scope(level, *uids(request)), query, base(request))
        told = list(page.warnings)
        if page.remaining:
            told.append(f"There are {page.remaining} additional results that can be requested")
        headers = PRIVATE | warnings(request, told)
        if not page.matches:
            return Response(status_code=204, headers=headers)
        return Response(json.dumps(page.matches), headers=headers, media_type=JSON)

    return search
