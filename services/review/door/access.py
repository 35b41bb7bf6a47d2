"""Who asks, and whether they may: what every route uses."""

import hmac
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.exc import OperationalError

from doors.origin import SAFE
from review.database import is_full
from review.door import cookies, logins
from review.errors import ForbiddenError, LogInError
from review.languages.spoken import known
from review.languages.texts import gettext as _
from review.people import Person, Role, Theme
from review.state import ReadingRoom, remember_person
from review.words import role as called

MAX_NEXT_CHARACTERS = 1000
"""Characters of a path that is gone on to: it has to fit into a cookie."""

FORM = "application/x-www-form-urlencoded"
"""What our forms come as; a file comes with the header."""


POLLED = ("/status", "/worklist/rows", "/lessons/round")
"""What an open page asks for by itself: it does not keep a session from going idle."""


def who(request: Request) -> Person | None:
    """Who is logged in; None where nobody is."""
    room, seen = ReadingRoom.of(request), request.url.path not in POLLED
    person = None
    try:
        with room.sessions.begin() as session:
            login = logins.find(session, cookies.given(request), room.settings)
            if login:
                reader, role = login.reader, cast(Role, login.reader.role)
                likes = cast(Theme, reader.theme), reader.auto_advance, known(reader.language)
                about = reader.id, reader.login, reader.name, role, login.csrf, address(request), login.token
                person = Person(*about, *likes)
                if seen:
                    logins.see(session, login)
    except OperationalError as error:  # a full disk: when they were seen last is not known then
        if person is None or not is_full(error):
            raise
    return person


def address(request: Request) -> str:
    """Where a request comes from: uvicorn has looked into X-Forwarded-For where the settings trust the sender."""
    return request.client.host[:64] if request.client else ""


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell; an empty one is none."""
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())


def safe_next(path: str | None) -> str:
    """Where to go on after the log-in: a path of ours, or else the worklist.

    Browsers take `//host`, `/\\host` and either with tabs or line breaks in it for another site's address.
    """
    if (
        not path
        or len(path) > MAX_NEXT_CHARACTERS
        or not path.isprintable()
        or "\\" in path
        or not path.startswith("/")
        or path.startswith("//")
    ):
        return "/"
    return "/" if path.split("?")[0].startswith(("/log-in", "/log-out", "/invitation")) else path


def _logged_in(request: Request) -> Person:
    person = who(request)
    if person is None:
        ended = bool(cookies.given(request))
        raise LogInError(_("your session has ended: log in again") if ended else _("log in first"))
    remember_person(request, person)
    return person


async def _reading(request: Request, person: Annotated[Person, Depends(_logged_in)]) -> Person:
    """Whoever is logged in; a change has to come from our own page."""
    if request.method not in SAFE and not same(await _token(request), person.csrf):
        raise ForbiddenError(_("this page is out of date: load it again, and then do it once more"))
    return person


async def _token(request: Request) -> str:
    """From the header; else from the form. No other body is read here."""
    if token := request.headers.get("x-csrf-token"):
        return token
    if not request.headers.get("content-type", "").startswith(FORM):
        return ""
    field = (await request.form()).get("csrf")
    return field if isinstance(field, str) else ""


def _chief(person: Annotated[Person, Depends(_reading)]) -> Person:
    return _at_least(person, "chief")


def _admin(person: Annotated[Person, Depends(_reading)]) -> Person:
    return _at_least(person, "admin")


def _named(person: Annotated[Person, Depends(_chief)]) -> Person:
    if person.login == logins.DEMO:
        raise ForbiddenError(_("the demo reader is anybody: approving and teaching need an account of one's own"))
    return person


def _at_least(person: Person, role: Role) -> Person:
    if not person.may(role):
        raise ForbiddenError(
            _("this is for a %(role)s; you are a %(yours)s", role=called(role), yours=called(person.role))
        )
    return person


Reading = Annotated[Person, Depends(_reading)]
Chief = Annotated[Person, Depends(_chief)]
NamedChief = Annotated[Person, Depends(_named)]
"""For what somebody has to answer for: not the demo reader, though they are a chief."""
Admin = Annotated[Person, Depends(_admin)]
