"""Examples of problems, made of the errors that are told so."""

from functools import cache
from http import HTTPStatus

from cxr.errors import (
    CxrError,
    MalformedError,
    MultiFrameError,
    NoPixelsError,
    StageFailedError,
    TooLargeError,
    UniformPixelsError,
    UnsupportedTypeError,
    UnusableRadiographError,
)
from doors.access.errors import ForbiddenError, KeysUnavailableError, UnauthenticatedError
from doors.errors import MisdirectedError, NotAcceptableError
from doors.problem import internal
from gateway.errors import (
    FeedUnavailableError,
    NotDeployedError,
    RunningError,
    StageTimeoutError,
    StageUnavailableError,
    StoreUnavailableError,
)
from gateway.problem import problem
from imaging.errors import OverloadedError
from results.errors import GoneError, NotFoundError
from results.schema import Problem

REQUEST_ID = "01M8HYB35MRS8FMWB0JHA0QM6V"

ERRORS: tuple[CxrError, ...] = (
    MalformedError("the request has no file in it"),
    UnauthenticatedError("say who you are: Authorization: Bearer and a token, or a client certificate"),
    ForbiddenError("films:write"),
    KeysUnavailableError("the keys of the authorisation server cannot be had now"),
    MisdirectedError("this service is not asked by that name"),
    NotFoundError("no such assessment, or it has expired"),
    GoneError("it was here, and is kept no longer"),
    NotAcceptableError("the answer is application/dicom+json or application/dicom+xml"),
    TooLargeError("more than 67108864 bytes"),
    UnsupportedTypeError("not a DICOM, PNG or JPEG file"),
    NoPixelsError("the data set has no pixel data"),
    MultiFrameError("12 frames; a radiograph has one"),
    UniformPixelsError("all pixels are equal"),
    UnusableRadiographError("SOP class CT Image Storage: no radiograph"),
    NotDeployedError("this gateway has no stage for the problem bone-age: it was not deployed"),
    RunningError("the assessment is not finished: remove it afterwards"),
    OverloadedError(2),
    StageFailedError("classifier", "its handler failed"),
    FeedUnavailableError("the feed cannot be read now; assessments go on"),
    StoreUnavailableError("what is kept cannot be looked up now"),
    StageUnavailableError("classifier", "no replica is up"),
    StageTimeoutError("classifier", "did not answer in time"),
)
"""One for each code that the gateway's problems have, beside that of a bug."""


@cache
def problems() -> tuple[Problem, ...]:
    """One for each code."""
    told = [*map(problem, ERRORS), internal()]
    return tuple(each.model_copy(update={"request_id": REQUEST_ID}) for each in told)


def come_again(status: HTTPStatus) -> bool:
    """Whether problems of a status say when to ask again."""
    return any(error.retry_after_s and problem(error).status == status for error in ERRORS)
