"""What can go wrong with what a stage is sent, and with what it answers.

    CxrError                            base of all that this project raises on purpose
    ├── InputError                      the caller can fix it
    │   ├── MalformedError              the request itself is broken: no file, two files, a truncated file
    │   ├── UnsupportedTypeError        not a DICOM, PNG or JPEG file
    │   ├── TooLargeError               too many bytes or too many pixels
    │   └── UnusableRadiographError     a readable file that holds no radiograph we can assess
    │       ├── NoPixelsError
    │       ├── MultiFrameError
    │       └── UniformPixelsError
    └── StageError                      a stage gave no answer
        └── StageFailedError            trying again will not help

gateway.errors has the whole tree. A code is part of the public API: it is what clients match on and it never changes.
HTTP statuses are not here: doors.problem and gateway.problem give them.
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


class StageError(CxrError):
    """A model stage did not answer."""

    code = "stage"

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(f"{stage}: {reason}")
        self.stage, self.reason = stage, reason


class StageFailedError(StageError):
    """The stage's handler raised an error that nobody expected."""

    code = "stage-failed"
