"""What the gateway's answers mean to its audit."""

import re
from http import HTTPStatus

from fastapi import FastAPI
from starlette.types import Scope

from auditing.tally import FLOOD, HOURLY, ONCE
from auditing.trail import Trail
from doors import dicomweb_notes
from doors.audited import Audited, Note
from gateway.http.state import Gateway

ASSESSMENTS = "/v1/assessments"
OF_ONE = re.compile(rf"{ASSESSMENTS}/(?P<id>[^/]+)(/(?P<what>[^/]+))?")
PICTURE = re.compile(r".+\.(png|pgm)")
STORES = re.compile(r"/dicomweb/studies(/.*)?")

TOLD_ELSEWHERE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.TOO_MANY_REQUESTS)
"""Of a film that is not taken: nothing was, and metrics count it."""


def let_in(app: FastAPI) -> None:
    """Have each answer leave its trace."""
    app.add_middleware(Audited, trail=lambda scope: Gateway.of_scope(scope).trail, notes=_note)


def _note(scope: Scope, status: int, trail: Trail) -> Note | None:
    if scope["method"] == "POST":
        return _sent(scope, status)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        return None
    if scope["method"] == "DELETE":
        return _forgotten(scope["path"])
    if scope["method"] == "GET":
        return _read(scope["path"]) or dicomweb_notes.note(scope, trail)
    return None


def _sent(scope: Scope, status: int) -> Note | None:
    """Of films; one that was assessed has its row of the assessor."""
    refused = {"refused": scope.get("state", {}).get("code", "invalid"), "status": status}
    if status >= HTTPStatus.BAD_REQUEST:
        if scope["path"].startswith((ASSESSMENTS, "/dicomweb")) and status not in TOLD_ELSEWHERE:
            return Note("film.refuse", None, FLOOD, refused)
    elif STORES.fullmatch(scope["path"]):
        return Note("film.store", None, None, {"status": status})
    return None


def _forgotten(path: str) -> Note | None:
    found = OF_ONE.fullmatch(path)
    return Note("film.forget", found["id"]) if found else None


def _read(path: str) -> Note | None:
    """One a caller, assessment and kind an hour, however often it is asked for."""
    if path == ASSESSMENTS:
        return Note("feed.read", None, HOURLY)
    found = OF_ONE.fullmatch(path)
    if not found:
        return None
    what = found["what"] or "json"
    if what == "header":
        return Note("header.read", found["id"], ONCE)
    if PICTURE.fullmatch(what):
        return Note("pictures.read", found["id"], ONCE)
    return Note("results.read", found["id"], ONCE, {"kind": what})
