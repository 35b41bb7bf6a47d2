"""/top: a page that shows what /v1/top answers, again and again."""

import base64
import hashlib
import re
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from gateway.http.health import measure
from gateway.http.state import Gateway
from gateway.top.figures import Figures, figures

router = APIRouter(tags=["health"])

PAGE = Path(__file__).with_name("top.html").read_text()


def _hash(element: str) -> str:
    """By which a Content-Security-Policy knows what is written into the page. Source: CSP 3, 6.7.3.2."""
    (text,) = re.findall(f"<{element}>(.*?)</{element}>", PAGE, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; script-src {_hash('script')}; style-src {_hash('style')}; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/v1/top")
async def get_top(request: Request) -> Figures:
    """How much is done, how fast, and where a film's time goes: of the last minute."""
    gateway = Gateway.of(request)
    await measure(gateway)
    return figures(gateway.history.window())


@router.get("/top", include_in_schema=False)
async def page() -> HTMLResponse:
    """The page: without figures, which it asks for as whoever looks at it."""
    return HTMLResponse(PAGE, headers=HEADERS)
