"""Pages of the feed: from a stream's entries to what is told of them, and where it goes on."""

import re
from typing import Any

import structlog

from cxr.errors import MalformedError
from results.schema import Listed, Page

log = structlog.get_logger()

START = "0-0"
"""The cursor before the oldest entry."""

ANY = "any"
"""In the place of a problem's name: whatever was asked."""

CURSOR = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
CURSOR_LIMIT = 2**64
"""A cursor is a stream's id: two numbers, either of which is below this. Source: Redis, Streams."""


def check(cursor: str) -> None:
    """Raise MalformedError unless it is an id that Redis takes."""
    if not CURSOR.fullmatch(cursor) or any(int(part) >= CURSOR_LIMIT for part in cursor.split("-")):
        raise MalformedError("not understood: after")


def page_of(found: list[Any], cursor: str, limit: int, problem: str) -> Page:
    """A page of the feed.

    Args:
        found: what XREAD answers: name and entries of the stream, each with its id and fields; or nothing.
        cursor: that it was asked after.
        limit: entries of the page, at most.
        problem: whose films; ANY: of all.
    """
    listed: list[Listed] = []
    for name, fields in (entry for _, entries in found for entry in entries):
        if len(listed) == limit:
            break
        cursor = name.decode()
        if (each := _listed(fields)) is not None and problem in (each.asked, ANY):
            listed.append(each)
    return Page(assessments=listed, next=cursor)


def _listed(fields: dict[bytes, bytes]) -> Listed | None:
    """None for what another version of the gateway wrote in a form that this one does not read."""
    try:
        return Listed.model_validate({name.decode(): value.decode() for name, value in fields.items()})
    except ValueError:
        log.warning("unreadable in feed")
        return None
