"""The way in: the log-in page, and the session of who has shown who they are."""

from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from review.audit import record
from review.door import access, cookies, devices, forms, logins
from review.door.access import safe_next
from review.errors import ReviewError
from review.people import Reader
from review.state import ReadingRoom

PASSWORD = "password"  # noqa: S105  a way in
"""Of the ways in, the one by which a browser becomes known."""


def enter(request: Request, session: Session, reader: Reader, way: str, next: str = "/", **started: Any) -> Response:
    """Log a reader in, and go on to where they wanted to go; the arguments as of begin."""
    response = RedirectResponse(safe_next(next), HTTPStatus.SEE_OTHER)
    begin(request, response, session, reader, way, **started)
    return response


def begin(
    request: Request,
    response: Response,
    session: Session,
    reader: Reader,
    way: str,
    second: str = "",
    provider_session: str | None = None,
) -> None:
    """Begin a session; the response brings its cookie.

    Args:
        way: password, link, demo or oidc: for the audit.
        second: code, recovery code or new, where there was a second factor: for the audit.
        provider_session: which session at the identity provider it is of.
    """
    cookie = logins.start(session, reader, cookies.given(request), provider_session)
    told = {"second": second} if second else {}
    record(session, reader, "log_in", way=way, address=access.address(request), **told)
    cookies.put(request, response, "", cookie)
    if way == PASSWORD:
        devices.remember(request, response, session, reader)


def log_in_page(request: Request, next: str, error: ReviewError | None = None) -> Response:
    """The form, and what went wrong."""
    settings = ReadingRoom.of(request).settings
    provider = settings.oidc_name if settings.oidc_issuer else ""
    return refusing(request, "log_in.html", error, next=safe_next(next), provider=provider)


def refusing(request: Request, template: str, error: ReviewError | None, **context: Any) -> Response:
    """A form of who is not logged in yet, and what went wrong with it, if something did."""
    status = error.status if error else HTTPStatus.OK
    page = forms.show(request, template, status, notice=str(error or ""), **context)
    if error and error.retry_after_s:
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page
