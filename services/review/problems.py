"""Errors to answers: a page for a browser that navigates, RFC 9457 problem details for everything else."""

from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from client.errors import GatewayError, LaterError, RefusedError
from doors.problem import details
from doors.problems import respond
from review.database import is_full
from review.errors import InvalidError, LogInError, ReviewError
from review.languages import gateway
from review.languages.catalogue import SOURCE
from review.languages.spoken import spoken
from review.languages.texts import gettext as _
from review.languages.texts import gettext_noop
from review.pages import render

log = structlog.get_logger()

GATEWAYS = {
    LaterError: (HTTPStatus.SERVICE_UNAVAILABLE, "gateway-away", 2),
    RefusedError: (HTTPStatus.UNPROCESSABLE_ENTITY, "gateway-refused", 0),
    GatewayError: (HTTPStatus.BAD_GATEWAY, "gateway", 0),
}
"""The nearest class first: status, code, and after how many seconds to ask again where the gateway does not say."""


def install(app: FastAPI) -> None:
    """Answer every error in the form that who asked can use."""

    @app.exception_handler(ReviewError)
    async def ours(request: Request, error: ReviewError) -> Response:
        if isinstance(error, LogInError) and _navigates(request):
            wanted = urlencode({"next": request.url.path + (f"?{request.url.query}" if request.url.query else "")})
            return RedirectResponse(f"/log-in?{wanted}", HTTPStatus.SEE_OTHER)
        headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
        return _answer(request, error.status, error.code, str(error), headers)

    @app.exception_handler(GatewayError)
    async def gateways(request: Request, error: GatewayError) -> Response:
        status, code, again_s = next(told for kind, told in GATEWAYS.items() if isinstance(error, kind))
        again_s = error.retry_after_s or again_s
        return _answer(request, status, code, gateway.problem(error), {"Retry-After": str(again_s)} if again_s else {})

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, error: RequestValidationError) -> Response:
        where = ", ".join(".".join(map(str, each["loc"][1:])) for each in error.errors()[:5])
        detail = _("not understood: %(where)s", where=where[:300])
        return _answer(request, InvalidError.status, InvalidError.code, detail, {})

    @app.exception_handler(DataError)
    async def value(request: Request, error: DataError) -> Response:
        """What a database cannot hold, such as NUL in PostgreSQL, is no bug, and not worth a traceback."""
        log.warning("not kept", error=type(error.orig).__name__)
        return _answer(request, InvalidError.status, InvalidError.code, _("not understood: a value that cannot be"), {})

    @app.exception_handler(OperationalError)
    async def full(request: Request, error: OperationalError) -> Response:
        """A full disk is waited for: the film page sends an opinion again until it is kept."""
        if not is_full(error):
            raise error
        log.error("not kept: the disk is full")
        detail = _("the disk is full: nothing can be kept now")
        return _answer(request, HTTPStatus.SERVICE_UNAVAILABLE, "disk-full", detail, {"Retry-After": "15"})

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        detail = status.description or status.phrase if spoken() == SOURCE else _title(status)
        return _answer(request, status, code, detail, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        detail = _("an error of ours; it was logged")
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail, {})


def _navigates(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


TITLES = {
    HTTPStatus.UNAUTHORIZED: gettext_noop("Not logged in"),
    HTTPStatus.FORBIDDEN: gettext_noop("Not allowed"),
    HTTPStatus.NOT_FOUND: gettext_noop("Not found"),
    HTTPStatus.GONE: gettext_noop("No longer there"),
    HTTPStatus.CONFLICT: gettext_noop("Changed meanwhile"),
    HTTPStatus.SERVICE_UNAVAILABLE: gettext_noop("Not now"),
}


def _title(status: HTTPStatus) -> str:
    """What a page says first: in English HTTP's own words, elsewhere those that people know."""
    if spoken() == SOURCE:
        return status.phrase
    return _(TITLES[status]) if status in TITLES else _("That did not work")


def _answer(request: Request, status: HTTPStatus, code: str, detail: str, headers: dict[str, str]) -> Response:
    if _navigates(request):
        page = render(request, "problem.html", status, title=_title(status), detail=detail)
        page.headers.update(headers)
        return page
    return respond(details(status, code, detail), headers)
