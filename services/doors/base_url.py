"""The address that a client used, where one service answers a request that another was sent."""

from starlette.requests import Request

HEADER = "X-Base-URL"
"""Between our services only: who passes a request on always sets it, and never takes it from a client."""


def public_base_url(request: Request) -> str:
    """The address with a slash at its end, as whoever passed the request on says, or else as the request does."""
    return request.headers.get(HEADER) or str(request.base_url)
