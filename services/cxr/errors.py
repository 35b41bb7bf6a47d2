"""Every error this project raises on purpose.

    CxrError
    ├── InputError                      the caller can fix it
    │   ├── MalformedError              the request itself is broken: no file, two files, a truncated file
    │   ├── UnsupportedTypeError        not a DICOM, PNG or JPEG file
    │   ├── TooLargeError               too many bytes or too many pixels
    │   └── UnusableRadiographError     a readable file that holds no radiograph we can assess
    │       ├── NoPixelsError
    │       ├── MultiFrameError
    │       └── UniformPixelsError
    ├── NotFoundError                   no such assessment, or it has expired
    ├── OverloadedError                 too many requests in flight; try again later
    ├── FeedUnavailableError            Redis, which keeps the feed, is away; try again later
    ├── StoreUnavailableError           Redis is away, which alone knows what is asked for; try again later
    └── StageError                      a model stage did not answer
        ├── StageUnavailableError       not up, or its queue is full; try again later
        ├── StageTimeoutError           the deadline passed; try again later
        └── StageFailedError            trying again will not help

A code is part of the public API: it is what clients match on and it never changes.
HTTP statuses live in gateway/problems.py, and nowhere else.
"""

from typing import ClassVar


class CxrError(Exception):
    """Base of all errors raised on purpose."""

    code: ClassVar[str]
    retry_after_s: int | None = None
    """Whole seconds after which the same request may succeed, or None."""


class InputError(CxrError):
    """The request cannot be assessed as sent."""

    code = "input"


class MalformedError(InputError):
    """The request is broken: no file in it, or a file that ends too early."""

    code = "malformed"


class UnsupportedTypeError(InputError):
    """The bytes are not a DICOM, PNG or JPEG file, or not what Content-Type says."""

    code = "unsupported-type"


class TooLargeError(InputError):
    """More bytes or more pixels than this gateway takes."""

    code = "too-large"


class UnusableRadiographError(InputError):
    """A readable file, but nothing in it that the models can assess."""

    code = "unusable-radiograph"


class NoPixelsError(UnusableRadiographError):
    """The file has no pixel data."""

    code = "no-pixels"


class MultiFrameError(UnusableRadiographError):
    """The file has more than one frame; a radiograph has one."""

    code = "multi-frame"


class UniformPixelsError(UnusableRadiographError):
    """All pixels are equal: nothing was exposed, or the pixel data was lost."""

    code = "uniform-pixels"


class NotFoundError(CxrError):
    """There is no such assessment, or it has expired."""

    code = "not-found"


class OverloadedError(CxrError):
    """As many requests are in flight as the gateway takes."""

    code = "overloaded"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many requests in flight")
        self.retry_after_s = retry_after_s


class FeedUnavailableError(CxrError):
    """The feed cannot be read, since Redis is away; assessments go on."""

    code = "feed-unavailable"
    retry_after_s = 2


class StoreUnavailableError(CxrError):
    """Redis is away, and what is asked for is not in the gateway's memory: nobody can say that it does not exist."""

    code = "store-unavailable"
    retry_after_s = 2


class StageError(CxrError):
    """A model stage did not answer."""

    code = "stage"

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage, self.reason = stage, reason


class StageUnavailableError(StageError):
    """The stage is not up, or its queue is full."""

    code = "stage-unavailable"
    retry_after_s = 5


class StageTimeoutError(StageError):
    """The stage did not answer within the request's deadline."""

    code = "stage-timeout"
    retry_after_s = 5


class StageFailedError(StageError):
    """The stage's handler raised an error that nobody expected."""

    code = "stage-failed"
