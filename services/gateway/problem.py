"""The gateway's errors as problem details; HTTP statuses of errors are here and in doors.problem, and nowhere else."""

from http import HTTPStatus

from cxr.errors import CxrError, StageError
from doors import problem as shared
from gateway.errors import (
    FeedUnavailableError,
    RunningError,
    StageTimeoutError,
    StageUnavailableError,
    StoreUnavailableError,
)
from results.schema import Problem

STATUS: shared.Statuses = {
    **shared.STATUS,
    RunningError: HTTPStatus.CONFLICT,
    FeedUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StageUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StageTimeoutError: HTTPStatus.GATEWAY_TIMEOUT,
    StageError: HTTPStatus.BAD_GATEWAY,
}


def problem(error: CxrError) -> Problem:
    """Problem details of the request that is being answered."""
    return shared.problem(error, STATUS)
