"""Errors to RFC 9457 problem details; the only place with the HTTP statuses of errors."""

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
from gateway.requests import current_request_id
from results.schema import Problem

log = structlog.get_logger()

STATUS: dict[type[errors.CxrError], HTTPStatus] = {
    errors.MalformedError: HTTPStatus.BAD_REQUEST,
    errors.UnsupportedTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.OverloadedError: HTTPStatus.TOO_MANY_REQUESTS,
    errors.FeedUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StageUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StageTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
    errors.StageError: HTTPStatus.BAD_GATEWAY,
}


def problem(error: errors.CxrError) -> Problem:
    """Problem details with the status of the error's nearest class in STATUS."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return _problem(status, error.code, str(error))


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
        return _respond(_problem(HTTPStatus.BAD_REQUEST, errors.MalformedError.code, f"not understood: {where}"), {})

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        status = HTTPStatus(error.status_code)
        code = status.phrase.lower().replace(" ", "-")
        return _respond(_problem(status, code, status.description or status.phrase), dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        metrics.problems.labels("internal").inc()
        return _respond(_problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "an error of ours; it was logged"), {})


def _problem(status: HTTPStatus, code: str, detail: str) -> Problem:
    return Problem(
        type=f"urn:cxr:{code}",
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=current_request_id(),
    )


def _respond(answer: Problem, headers: dict[str, str]) -> Response:
    body = answer.model_dump_json(exclude_none=True)
    return Response(body, answer.status, headers, media_type="application/problem+json")
