"""Forms of people who are not logged in yet: guarded by a token that is in a cookie and in the form alike."""

import re
import secrets
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from review import pages
from review.door import cookies
from review.door.access import same
from review.errors import ForbiddenError
from review.languages.texts import gettext as _

MAX_FORM_BYTES = 16 * 1024
"""Bytes of a form. Whoever comes may send one, and it is read before they are asked who they are."""

COOKIE = "-form"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def show(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page with such a form. A token that the browser has is kept: forms may be open in several tabs."""
    token = cookies.given(request, COOKIE)
    if not TOKEN.fullmatch(token):
        token = secrets.token_urlsafe(32)
    page = pages.render(request, template, status, csrf=token, **context)
    cookies.put(request, page, COOKIE, token)
    return page


def check(request: Request, token: str) -> None:
    """Refuse a form that is not from our page.

    Raises:
        ForbiddenError: it is not, or the browser takes no cookies.
    """
    if not same(token, cookies.given(request, COOKIE)):
        raise ForbiddenError(_("the page was not ours, or your browser takes no cookies: please try again"))
