"""/insight: what readers' opinions say about the models, the readers, and both.

What computes it is imported when the page is asked for: it takes seconds, and most of a process's memory.
"""

from threading import Lock
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from cachetools import TTLCache
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy.orm import Session

from review.door.access import Chief
from review.errors import InvalidError, NotFoundError
from review.languages.catalogue import Language
from review.languages.spoken import spoken
from review.languages.texts import gettext as _
from review.pages import render
from review.people import Reader
from review.queries import MaybeDay, empty_is_none
from review.reading.asked import InSession
from review.state import ReadingRoom

if TYPE_CHECKING:
    from review.insight.page import Answer

CACHED_S = 60
"""How long what was computed is shown again: the page's plots ask for it seven times at once."""

router = APIRouter()


class Filters(BaseModel):
    """Which readings, as the page's query says it."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    since: MaybeDay = Field(None, alias="from")
    until: MaybeDay = Field(None, alias="to")
    reader: Annotated[str | None, BeforeValidator(empty_is_none)] = Field(None, max_length=26)

    def query(self) -> str:
        """As a URL's query."""
        told = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return urlencode(told)


Wanted = Annotated[Filters, Query()]

_answers: TTLCache[tuple[str, Filters, Language], "Answer"] = TTLCache(32, CACHED_S)
_computing = Lock()
"""Whoever asks for the same meanwhile waits for it instead of computing it, too."""


@router.get("/insight", response_class=HTMLResponse)
def get_insight(request: Request, person: Chief, session: InSession, wanted: Wanted) -> Response:
    """The page."""
    answer = _answer(session, wanted)
    ReadingRoom.of(request).traces.leave(person, [wanted], "insight.view", again=True, query=wanted.query())
    return render(
        request,
        "insight.html",
        gathered=answer.gathered,
        sections=answer.sections.values(),
        wanted=wanted,
        rules=answer.rules,
        readers=sorted(answer.gathered.names.items(), key=lambda each: each[1].casefold()),
    )


@router.get("/insight/{plot}.svg")
def get_plot(request: Request, person: Chief, session: InSession, wanted: Wanted, plot: str) -> Response:
    """One of its plots."""
    svg = _answer(session, wanted).svg(plot)
    ReadingRoom.of(request).traces.leave(person, [wanted], "insight.view", query=wanted.query())
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _answer(session: Session, wanted: Filters) -> "Answer":
    """What was computed within the last minute, or now.

    Raises:
        InvalidError: the time ends before it begins.
        NotFoundError: no such reader.
    """
    from review.insight.page import Answer, Asked

    if wanted.since and wanted.until and wanted.until < wanted.since:
        raise InvalidError(_("the last day is before the first"))
    key = str(session.get_bind().engine.url), wanted, spoken()
    with _computing:
        if (found := _answers.get(key)) is None:
            if wanted.reader and session.get(Reader, wanted.reader) is None:
                raise NotFoundError(_("no such reader"))
            found = _answers[key] = Answer(session, Asked(wanted.since, wanted.until, wanted.reader))
        return found
