"""/lessons: what may be taught now, a round that does it, what the last lessons came to, and a chief's approval."""

from http import HTTPStatus
from pathlib import Path as Folder
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from certificates.progress import Progress
from certificates.withdrawn import withdrawn
from review.audit import record, record_first
from review.door.access import Chief, NamedChief
from review.door.forms import MAX_FORM_BYTES
from review.door.logins import DEMO
from review.errors import ConflictError, InvalidError, NotFoundError, ReviewError
from review.languages.texts import gettext as _
from review.lessons import allowed, shelf
from review.lessons.approval import APPROVAL, MAX_REASON_CHARACTERS, approved, keep
from review.lessons.need import needed
from review.lessons.words import all_lacking, decided, round_step, taught
from review.pages import render
from review.reading.asked import InSession
from review.state import ReadingRoom

router = APIRouter(max_body_size=MAX_FORM_BYTES)

Text = Annotated[str, Form()]
Number = Annotated[int, Path(ge=1, le=999_999)]


@router.get("/lessons", response_class=HTMLResponse)
def get_lessons(request: Request, person: Chief, session: InSession) -> Response:
    """The page."""
    return _page(request, session)


@router.get("/lessons/round")
def get_round(request: Request, person: Chief) -> Progress | None:
    """How far the round is, or how the last one ended; null where there was none."""
    return _progress(request)


@router.post("/lessons/round", response_class=HTMLResponse)
def post_round(request: Request, person: NamedChief, session: InSession) -> Response:
    """A chief starts teaching and judging."""
    teaching = ReadingRoom.of(request).teaching
    try:
        teaching.check()
        if missing := allowed.count(session).steps[0].missing:
            raise ConflictError(_("nothing may be taught yet: needs %(lacks)s", lacks=all_lacking(missing)))
    except ConflictError as error:
        return _page(request, session, error)
    record_first(session, person, "lesson.teach")  # what cannot be recorded is not started
    teaching.start()
    return RedirectResponse("/lessons", HTTPStatus.SEE_OTHER)


@router.post("/lessons/round/stop", response_class=HTMLResponse)
def post_stop(request: Request, person: NamedChief, session: InSession) -> Response:
    """A chief stops it."""
    try:
        ReadingRoom.of(request).teaching.stop()
    except ConflictError as error:
        return _page(request, session, error)
    record(session, person, "lesson.stop")
    return RedirectResponse("/lessons", HTTPStatus.SEE_OTHER)


@router.post("/lessons/{number}/approval", response_class=HTMLResponse)
def post_approval(
    request: Request, person: NamedChief, session: InSession, number: Number, reason: Text = "", certificate: Text = ""
) -> Response:
    """A chief approves of what a certificate, which was on their screen, lets be promoted."""
    if (folder := _folder(request)) is None:
        raise NotFoundError(_("no such lesson"))
    lesson = shelf.find(folder, number)
    try:
        if lesson.objection:
            why = _("lesson %(number)s cannot be approved: %(why)s", number=number, why=lesson.objection)
            raise ConflictError(why)
        if certificate != lesson.sha256:
            raise ConflictError(_("the certificate of lesson %(number)s has changed: read it again", number=number))
        approval = approved(person.login, reason, lesson.sha256)
    except (ConflictError, InvalidError) as error:
        return _page(request, session, error)
    # What cannot be recorded is not approved.
    record_first(session, person, "lesson.approve", lesson=number, certificate=lesson.sha256)
    keep(approval, folder / str(number) / APPROVAL)
    return RedirectResponse("/lessons", HTTPStatus.SEE_OTHER)


def _folder(request: Request) -> Folder | None:
    return ReadingRoom.of(request).settings.lessons


def _progress(request: Request) -> Progress | None:
    """The round, with its step as the reader calls it."""
    found = ReadingRoom.of(request).teaching.progress()
    return found and found.model_copy(update={"step": round_step(found.step)})


def _page(request: Request, session: Session, error: ReviewError | None = None) -> Response:
    folder = _folder(request)
    lessons, problem = shelf.newest(folder) if folder else ([], "")
    teaching = ReadingRoom.of(request).teaching
    return render(
        request,
        "lessons.html",
        error.status if error else HTTPStatus.OK,
        error=str(error or ""),
        problem=problem,
        withdrawn=withdrawn(releases) if (releases := ReadingRoom.of(request).settings.releases) else {},
        folder=folder,
        counted=(counted := allowed.count(session)),
        blind_share=needed(ReadingRoom.of(request).settings, counted),
        round=_progress(request),
        obstacle=teaching.obstacle,
        demo_login=DEMO,
        found=lessons,
        decided=decided,
        lacks=all_lacking,
        taught=taught,
        max_reason=MAX_REASON_CHARACTERS,
    )
