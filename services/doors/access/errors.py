"""Why a caller is not let in. Problem details of them: doors.problem.

CxrError
├── UnauthenticatedError     it does not say who it is, or cannot prove it
├── ForbiddenError           it is known, and may not do that
└── KeysUnavailableError     the keys that would prove it cannot be had now
"""

from cxr.errors import CxrError


class UnauthenticatedError(CxrError):
    """The caller does not say who it is, or cannot prove it."""

    code = "unauthenticated"

    def __init__(self, detail: str, error: str = "") -> None:
        """With what RFC 6750, 3.1 calls it; nothing where no token was sent."""
        super().__init__(detail)
        self.headers = {
            "WWW-Authenticate": f'Bearer realm="cxr"{f", error={chr(34)}{error}{chr(34)}" if error else ""}'
        }


class ForbiddenError(CxrError):
    """The caller is known, and may not do that."""

    code = "forbidden"

    def __init__(self, right: str) -> None:
        """Of what it would have to be allowed."""
        super().__init__(f"this needs the scope {right}")
        self.headers = {"WWW-Authenticate": f'Bearer realm="cxr", error="insufficient_scope", scope="{right}"'}


class KeysUnavailableError(CxrError):
    """The keys with which tokens are signed cannot be had now."""

    code = "keys-unavailable"
    retry_after_s = 5
