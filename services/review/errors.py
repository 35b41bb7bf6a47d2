"""What can go wrong in the reading room.

ReviewError
├── InvalidError          the request makes no sense as sent
├── TooLargeError         a file or a form that is larger than is taken
├── NotFoundError         no such film, picture or reader
├── ForgottenError        the film's patient or study was forgotten after it was assessed
├── LogInError            nobody is logged in, or the log-in failed
├── ForbiddenError        who is logged in may not do this
├── TooManyError          too many log-ins failed; later
├── HiddenError           the models' answer is hidden until the reader has said what they see
├── ConflictError         what the request builds on has changed meanwhile
├── NoRoomError           the disk is short, and a reserve is kept for what readers say
├── DamagedPictureError   a picture's file was changed, or cut short
├── WriteError            files cannot be written; nothing of them is left
└── ProviderError         the identity provider did not answer, or not as it should: later

What the gateway does not answer is an error of the client: client.errors.
"""

from http import HTTPStatus
from typing import ClassVar


class ReviewError(Exception):
    """Base of all. The message is shown to the person who asked; it never holds patient data."""

    code: ClassVar[str]
    status: ClassVar[HTTPStatus]
    retry_after_s: int | None = None


class InvalidError(ReviewError):
    """The request makes no sense as sent."""

    code = "invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooLargeError(ReviewError):
    """A file or a form that is larger than is taken."""

    code = "too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class NotFoundError(ReviewError):
    """No such film, picture or reader."""

    code = "not-found"
    status = HTTPStatus.NOT_FOUND


class ForgottenError(ReviewError):
    """The film's patient or study was forgotten after it was assessed."""

    code = "forgotten"
    status = HTTPStatus.GONE


class LogInError(ReviewError):
    """Nobody is logged in, or the log-in failed."""

    code = "log-in"
    status = HTTPStatus.UNAUTHORIZED


class ForbiddenError(ReviewError):
    """Who is logged in may not do this."""

    code = "forbidden"
    status = HTTPStatus.FORBIDDEN


class TooManyError(ReviewError):
    """Too many log-ins failed."""

    code = "too-many"
    status = HTTPStatus.TOO_MANY_REQUESTS
    retry_after_s = 60


class HiddenError(ReviewError):
    """The models' answer is hidden until the reader has said what they see."""

    code = "hidden"
    status = HTTPStatus.FORBIDDEN


class ConflictError(ReviewError):
    """What the request builds on has changed meanwhile."""

    code = "conflict"
    status = HTTPStatus.CONFLICT


class NoRoomError(ReviewError):
    """The disk is short, and a reserve is kept for what readers say."""

    code = "no-room"
    status = HTTPStatus.INSUFFICIENT_STORAGE


class DamagedPictureError(ReviewError):
    """A picture's file was changed, or cut short."""

    code = "damaged"
    status = HTTPStatus.INTERNAL_SERVER_ERROR


class WriteError(ReviewError):
    """Files cannot be written; nothing of them is left."""

    code = "write"
    status = HTTPStatus.INTERNAL_SERVER_ERROR


class ProviderError(ReviewError):
    """The identity provider did not answer, or not as it should."""

    code = "provider"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after_s = 30
