"""Errors as RFC 9457 problem details, with the HTTP statuses of those that more than one service has.

A problem is part of what is stored of an assessment that failed, and so no affair of an HTTP door alone.
"""

from collections.abc import Mapping
from http import HTTPStatus

from cxr.errors import CxrError, InputError, MalformedError, TooLargeError, UnsupportedTypeError
from doors.access.errors import ForbiddenError, KeysUnavailableError, UnauthenticatedError
from doors.errors import MisdirectedError, NotAcceptableError
from doors.request_id import current_request_id
from imaging.errors import OverloadedError
from results.errors import GoneError, NotFoundError
from results.schema import Problem

Statuses = Mapping[type[CxrError], HTTPStatus]

STATUS: Statuses = {
    MalformedError: HTTPStatus.BAD_REQUEST,
    UnsupportedTypeError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    GoneError: HTTPStatus.GONE,
    NotFoundError: HTTPStatus.NOT_FOUND,
    NotAcceptableError: HTTPStatus.NOT_ACCEPTABLE,
    MisdirectedError: HTTPStatus.MISDIRECTED_REQUEST,
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    KeysUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    OverloadedError: HTTPStatus.TOO_MANY_REQUESTS,
}


def problem(error: CxrError, statuses: Statuses = STATUS) -> Problem:
    """Problem details with the status of the error's nearest class that has one."""
    status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
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


def internal() -> Problem:
    """Problem details of a bug, which tell nothing of it."""
    return details(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "an error of ours; it was logged")
