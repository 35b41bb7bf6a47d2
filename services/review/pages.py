"""Pages: templates with what every page has."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from review.languages import embedded
from review.languages.catalogue import LANGUAGES
from review.languages.moments import day, moment
from review.languages.numbers import decimal
from review.languages.spoken import spoken
from review.languages.texts import gettext, ngettext, npgettext, pgettext
from review.measured import in_unit, title
from review.state import ReadingRoom, remembered_person
from review.verdict import abnormal_in, percent, verdict
from review.words import SOURCES, named, role, sex
from vocabulary.conditions import CLASSES
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import PROBLEMS

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(HERE / "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, extensions=["jinja2.ext.i18n"]
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    environment.globals["texts"] = embedded.texts
    environment.globals["LANGUAGES"] = LANGUAGES
    environment.filters["named"] = named
    environment.globals["static"] = static
    environment.filters["percent"] = percent
    environment.filters["verdict"] = verdict
    environment.filters["abnormal"] = abnormal_in
    environment.filters["decimal"] = decimal
    environment.filters["day"] = day
    environment.filters["moment"] = moment
    environment.filters["role"] = role
    environment.filters["sex"] = sex
    environment.globals["CLASSES"] = CLASSES
    environment.globals["PROBLEMS"] = list(PROBLEMS)
    environment.globals["CHEST"] = CHEST.name
    environment.filters["title_of"] = title
    environment.filters["in_unit"] = in_unit
    environment.globals["SOURCES"] = SOURCES
    return environment


def render(request: Request, name: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page. Each template has person (None: nobody is in), csrf, demo, has_lessons, path, language and its own."""
    person = context.pop("person", None) or remembered_person(request)
    settings = ReadingRoom.of(request).settings
    shared = {
        "person": person,
        "csrf": context.pop("csrf", None) or (person.csrf if person else ""),
        "demo": settings.demo,
        "has_lessons": settings.lessons is not None,
        "path": request.url.path,
        "language": spoken(),
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
