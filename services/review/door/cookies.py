"""The reading room's cookies: how they are called, set and taken away."""

from starlette.requests import Request
from starlette.responses import Response

from review.settings import Settings
from review.state import ReadingRoom


def name(settings: Settings, purpose: str = "") -> str:
    """`__Host-`: browsers refuse the cookie from a neighbouring host and without HTTPS (RFC 6265bis, 4.1.3.2)."""
    return f"{'__Host-' if settings.secure else ''}review{purpose}"


def given(request: Request, purpose: str = "") -> str:
    """What the browser sent; empty where it sent nothing."""
    return request.cookies.get(name(ReadingRoom.of(request).settings, purpose), "")


def put(request: Request, response: Response, purpose: str, value: str, max_age_s: int | None = None) -> None:
    """Set a cookie that no script can read; until the browser closes, unless a time is given."""
    settings = ReadingRoom.of(request).settings
    response.set_cookie(
        name(settings, purpose), value, max_age_s, path="/", secure=settings.secure, httponly=True, samesite="lax"
    )


def drop(request: Request, response: Response, purpose: str = "") -> None:
    """Have the browser forget a cookie."""
    settings = ReadingRoom.of(request).settings
    response.delete_cookie(name(settings, purpose), path="/", secure=settings.secure, httponly=True, samesite="lax")
