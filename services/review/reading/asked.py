"""What requests for films have in common: a session of the database, the list that is asked for, and the film."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from review.door.access import Reading
from review.errors import NotFoundError
from review.languages.texts import gettext as _
from review.people import Person
from review.reading import searches
from review.reading.worklist import Wanted, Worklist
from review.state import ReadingRoom
from review.tables import Film


def in_session(request: Request) -> Iterator[Session]:
    """A session of the database, committed when the request is done, rolled back when it fails."""
    with ReadingRoom.of(request).sessions.begin() as session:
        yield session


InSession = Annotated[Session, Depends(in_session, scope="function")]


def _wanted(request: Request, person: Reading, asked: Annotated[Wanted, Query()]) -> Wanted:
    """The list, with what was searched for: an address has no words, whatever it says."""
    words = ""
    if asked.find:
        with ReadingRoom.of(request).sessions() as session:
            words = searches.words_of(session, person.id, asked.find)
    return asked.model_copy(update={"search": words, "find": asked.find if words else ""})


Listed = Annotated[Wanted, Depends(_wanted)]


def worklist_of(request: Request, person: Person) -> Worklist:
    """A reader's worklist."""
    settings = ReadingRoom.of(request).settings
    return Worklist(person.id, person.role, settings.wait_cap_s, settings.listed)


def find(session: Session, film_id: str) -> Film:
    """The film. Raises NotFoundError."""
    film = session.get(Film, film_id)
    if film is None or film.forgotten:
        raise NotFoundError(_("no such film"))
    return film
