"""GET /: where to go from here, for whoever has the address only."""

import html
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from doors.accept import preferred
from gateway.http.openapi.document import ABOUT

HTML, JSON = "text/html", "application/json"

PLACES = {
    "docs": ("/docs", "the API, to be tried"),
    "redoc": ("/redoc", "the API, to be read"),
    "openapi": ("/openapi.json", "its description for programs (OpenAPI 3.1)"),
    "assessments": ("/v1/assessments", "films are posted here; the feed of finished assessments"),
    "dicomweb": ("/dicomweb/studies", "DICOM films are stored here (STOW-RS), if the gateway has a listener"),
    "ready": ("/readyz", "whether a film can be assessed now"),
    "top": ("/top", "films a second, where their time goes, what waits: for whoever operates it"),
    "metrics": ("/metrics", "for Prometheus"),
}
"""Name of a place to its path, and to what is there."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>
<p>{summary}</p>
<ul>
{places}
</ul>
</body></html>
"""

router = APIRouter()


@router.get("/", include_in_schema=False)
async def root(request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """A page for browsers; for programs, and for whoever does not say what they read, JSON."""
    base = request.scope.get("root_path", "")
    if preferred(accept, (JSON, HTML)) == HTML:
        return HTMLResponse(_page(base), headers={"Vary": "Accept"})
    told = {"name": ABOUT["title"], "about": ABOUT["summary"]}
    return JSONResponse(told | {name: base + path for name, (path, _) in PLACES.items()}, headers={"Vary": "Accept"})


def _page(base: str) -> str:
    places = (
        f'<li><a href="{html.escape(base + path)}">{path}</a>: {html.escape(about)}</li>'
        for path, about in PLACES.values()
    )
    return PAGE.format(title=ABOUT["title"], summary=html.escape(ABOUT["summary"]), places="\n".join(places))
