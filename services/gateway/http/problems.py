"""Errors to answers: RFC 9457 problem details, counted and logged."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Scope

from cxr import errors
from gateway.metrics import Metrics
from gateway.problem import details, problem
from results.schema import Problem

log = structlog.get_logger()


def answer(error: errors.CxrError, scope: Scope, metrics: Metrics) -> Response:
    """The answer to one request, counted, and with its code for the request's own line in the log."""
    told = problem(error)
    metrics.problems.labels(error.code).inc()
    scope["state"]["code"] = error.code
    if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("problem", code=error.code)
    return _respond(told, {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {})


def install(app: FastAPI, metrics: Metrics) -> None:
    """Answer every error as problem details."""

    @app.exception_handler(errors.CxrError)
    async def ours(request: Request, error: errors.CxrError) -> Response:
        return answer(error, request.scope, metrics)

    @app.exception_handler(RequestValidationError)
    async def parameters(request: Request, error: RequestValidationError) -> Response:
        where = ", ".join(str(each["loc"][-1]) for each in error.errors())
        return _respond(details(HTTPStatus.BAD_REQUEST, errors.MalformedError.code, f"not understood: {where}"), {})

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        return _respond(details(status, code, status.description or status.phrase), dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        metrics.problems.labels("internal").inc()
        return _respond(details(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "an error of ours; it was logged"), {})


def _respond(answer: Problem, headers: dict[str, str]) -> Response:
    body = answer.model_dump_json(exclude_none=True)
    return Response(body, answer.status, headers, media_type="application/problem+json")
