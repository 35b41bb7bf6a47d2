"""What can come of asking the gateway.

GatewayError
├── LaterError    it is away, full or starting, or something else answers in its place: the same request may succeed
├── RefusedError  the gateway's own word: not this film, or no such assessment
└── FailedError   the gateway's own word: something went wrong there, with this film
"""


class GatewayError(Exception):
    """Base of all. The message is for a person, and never holds patient data."""

    def __init__(self, code: str, detail: str = "", retry_after_s: int | None = None) -> None:
        super().__init__(detail or code)
        self.code = code
        """The gateway's problem code, or one of ours, in client.gateway."""
        self.retry_after_s = retry_after_s
        """Whole seconds after which to ask again, where it was said."""


class LaterError(GatewayError):
    """The same request may succeed later."""


class RefusedError(GatewayError):
    """The gateway does not take this film, or knows no such assessment."""


class FailedError(GatewayError):
    """Something went wrong at the gateway."""
