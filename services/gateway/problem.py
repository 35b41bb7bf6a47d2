"""Errors as RFC 9457 problem details; the only place with the HTTP statuses of errors.

They are part of what is stored of an assessment that failed, and so no affair of the HTTP door alone.
"""

from http import HTTPStatus

from cxr.errors import CxrError, InputError, MalformedError, StageError, TooLargeError, UnsupportedTypeError
from gateway.errors import FeedUnavailableError, StageTimeoutError, StageUnavailableError, StoreUnavailableError
from gateway.request_id import current_request_id
from imaging.errors import OverloadedError
from results.errors import NotFoundError
from results.schema import Problem

STATUS: dict[type[CxrError], HTTPStatus] = {
    MalformedError: HTTPStatus.BAD_REQUEST,
    UnsupportedTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFoundError: HTTPStatus.NOT_FOUND,
    OverloadedError: HTTPStatus.TOO_MANY_REQUESTS,
    FeedUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StageUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StageTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
    StageError: HTTPStatus.BAD_GATEWAY,
}


def problem(error: CxrError) -> Problem:
    """Problem details with the status of the error's nearest class in STATUS."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return details(status, error.code, str(error))


def details(status: HTTPStatus, code: str, detail: str) -> Problem:
    """Problem details of the request that is being answered."""
    return Problem(
        type=f"urn:cxr:{code}",
        title=status.phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=current_request_id(),
    )
