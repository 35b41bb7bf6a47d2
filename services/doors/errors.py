"""What can be wrong with how a request is sent, whatever is in it. Problem details of them: doors.problem.

CxrError
├── InputError
│   └── UnsupportedTypeError
│       └── UnsupportedCodingError    the body is packed in a way that nobody here unpacks
├── NotAcceptableError                Accept allows none of the forms that the answer has
└── MisdirectedError                  Host is none of our names
"""

from cxr.errors import CxrError, UnsupportedTypeError


class UnsupportedCodingError(UnsupportedTypeError):
    """The body has a Content-Encoding that is not taken."""


class NotAcceptableError(CxrError):
    """The answer exists in none of the media types that Accept allows."""

    code = "not-acceptable"


class MisdirectedError(CxrError):
    """The request is for another host."""

    code = "host"
