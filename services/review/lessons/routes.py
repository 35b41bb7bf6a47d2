"""/lessons: what may be taught now, a round that does it, what the last lessons came to, and a chief's approval."""

from http import HTTPStatus
from pathlib import Path as Folder
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from certificates.allowed import Lack
from certificates.progress import Progress
from certificates.withdrawn import withdrawn
from client.places import releases_file
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
from review.measured import title
from review.pages import render
from review.reading.asked import InSession
from review.state import ReadingRoom
from vocabulary.problems.chest import CHEST
from vocabulary.problems.known import NUMBERS

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
def post_round(request: Request, person: NamedChief, session: InSession, problem: Text = CHEST.name) -> Response:
    """A chief starts teaching and judging what readers said of a problem's films."""
    teaching = ReadingRoom.of(request).teaching
    try:
        teaching.check()
        if missing := _missing(session, problem):
            raise ConflictError(_("nothing may be taught yet: needs %(lacks)s", lacks=all_lacking(missing)))
    except ConflictError as error:
        return _page(request, session, error)
    record_first(session, person, "lesson.teach", problem=problem)  # what cannot be recorded is not started
    teaching.start(problem)
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


def _missing(session: Session, problem: str) -> list[Lack]:
    """What teaching a problem waits for. Raises NotFoundError where it has no films here."""
    if problem == CHEST.name:
        return allowed.count(session).steps[0].missing
    found = (each.missing for each in allowed.measured(session) if each.problem == problem)
    if (missing := next(found, None)) is None:
        raise NotFoundError(_("no films of such a problem"))
    return missing


def _folder(request: Request) -> Folder | None:
    return ReadingRoom.of(request).settings.lessons


def _progress(request: Request) -> Progress | None:
    """The round, with its step as the reader calls it."""
    found = ReadingRoom.of(request).teaching.progress()
    return found and found.model_copy(update={"step": round_step(found.step)})


def _teachable(counted: allowed.Counted, measured: list[allowed.Measured]) -> list[str]:
    """Problems of which something may be taught now."""
    chest = [] if counted.steps[0].missing else [CHEST.name]
    return [*chest, *(each.problem for each in measured if not each.missing)]


def _withdrawn(releases: Folder | None) -> dict[str, str]:
    """Of all problems."""
    files = [releases, *(releases_file(releases.parent, each) for each in NUMBERS)] if releases else []
    return {release: why for file in files for release, why in withdrawn(file).items()}


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
        withdrawn=_withdrawn(ReadingRoom.of(request).settings.releases),
        folder=folder,
        counted=(counted := allowed.count(session)),
        measured=(measured := allowed.measured(session)),
        teachable=_teachable(counted, measured),
        title=title,
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
