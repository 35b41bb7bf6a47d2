"""What can go wrong beside the file itself, which is an InputError."""

from cxr.errors import CxrError


class OverloadedError(CxrError):
    """As many requests are in flight as the gateway takes."""

    code = "overloaded"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too many requests in flight")
        self.retry_after_s = retry_after_s
