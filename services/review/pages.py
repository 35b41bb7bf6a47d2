"""Pages: templates with what every page has."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.state import ReadingRoom, remembered_person
from review.verdict import abnormal_in, percent, verdict
from vocabulary.conditions import CLASSES
from vocabulary.words import label

HERE = Path(__file__).parent
STATIC = HERE / "static"

STATES = {
    "unread": "Unread",
    "read": "Read",
    "second_read": "Second read",
    "arbitration": "Arbitration",
    "settled": "Settled",
}
"""What people call the states of a film."""


FROM = {"dropped": "dropped here", "modality": "from a modality", "api": "by the API", "test": "test"}
"""What people call where a film came from; of films whose source was not told, nothing."""


def named(name: str | None) -> str:
    """What people call a class, a finding, a reason of refusal or a state."""
    return STATES.get(name or "") or label(name or "")


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["named"] = named
    environment.globals["static"] = static
    environment.filters["percent"] = percent
    environment.filters["verdict"] = verdict
    environment.filters["abnormal"] = abnormal_in
    environment.globals["CLASSES"] = CLASSES
    environment.globals["FROM"] = FROM
    return environment


def render(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page. Every template has person (None where nobody is logged in), csrf, demo, has_lessons, path and its own."""
    person = context.pop("person", None) or remembered_person(request)
    settings = ReadingRoom.of(request).settings
    shared = {
        "person": person,
        "csrf": context.pop("csrf", None) or (person.csrf if person else ""),
        "demo": settings.demo,
        "has_lessons": settings.lessons is not None,
        "path": request.url.path,
    }
    body = _environment().get_template(name).render(shared | context)
    return HTMLResponse(body, status, {"Cache-Control": "no-store"})


def static(name: str) -> str:
    """Address of a file in static, which changes with what is in it, so that it can be cached for ever."""
    path = STATIC / name
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return f"/static/{name}?{_version(path, changed)}"


@cache
def _version(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.exists() else "missing"
