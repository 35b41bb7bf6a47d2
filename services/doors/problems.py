"""Errors to answers: RFC 9457 problem details, counted and logged."""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

from cxr import errors
from doors.access.errors import ForbiddenError, UnauthenticatedError
from doors.content_coding import CODINGS
from doors.errors import UnsupportedCodingError
from doors.problem import details, internal
from results.schema import Problem

log = structlog.get_logger()


class Problems:
    """Answers the errors of one service."""

    def __init__(self, problem: Callable[[errors.CxrError], Problem], count: Callable[[str], None]) -> None:
        """Of none yet.

        Args:
            problem: an error's problem details.
            count: called with the code of each that is answered.
        """
        self._problem = problem
        self._count = count

    def answer(self, error: errors.CxrError, scope: Scope) -> Response:
        """The answer to one request, counted, and with its code for the request's own line in the log."""
        told = self._problem(error)
        self._count(error.code)
        scope.setdefault("state", {})["code"] = error.code
        if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("problem", code=error.code)
        return respond(told, _headers(error))

    def install(self, app: FastAPI) -> None:
        """Answer every error as problem details."""

        @app.exception_handler(errors.CxrError)
        async def ours(request: Request, error: errors.CxrError) -> Response:
            return self.answer(error, request.scope)

        @app.exception_handler(RequestValidationError)
        async def parameters(request: Request, error: RequestValidationError) -> Response:
            where = ", ".join(str(each["loc"][-1]) for each in error.errors())
            return respond(details(HTTPStatus.BAD_REQUEST, errors.MalformedError.code, f"not understood: {where}"))

        @app.exception_handler(HTTPException)
        async def http(request: Request, error: HTTPException) -> Response:
            status = HTTPStatus(error.status_code)
            code = status.phrase.lower().replace(" ", "-")
            return respond(details(status, code, status.description or status.phrase), dict(error.headers or {}))

        @app.exception_handler(Exception)
        async def bug(request: Request, error: Exception) -> Response:
            told = internal()
            self._count(told.code)
            return respond(told, {"X-Request-ID": told.request_id or ""})  # answered outside of what else gives it


def _headers(error: errors.CxrError) -> dict[str, str]:
    """What tells a client how to ask again. Source: RFC 9110, 10.2.3, 11.6.1 and 15.5.16."""
    if isinstance(error, UnsupportedCodingError):
        return {"Accept-Encoding": ", ".join(CODINGS)}
    if isinstance(error, UnauthenticatedError | ForbiddenError):
        return error.headers
    return {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}


def respond(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """An answer that is a problem."""
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, problem.status, headers, media_type="application/problem+json")
