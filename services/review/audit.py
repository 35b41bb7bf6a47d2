"""Who does what is written down. Where it is read: review.audit_page."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from auditing.row import Row
from review.chain.seal import hold, write_held
from review.people import Person, Reader


def record(
    session: Session, person: Person | Reader | None, action: str, film_id: str | None = None, **detail: Any
) -> None:
    """Add a row to the audit, in the caller's transaction: what is not recorded has not happened.

    Args:
        person: who did it; a Person's address goes into the detail. None: somebody who is not known, or the system.
        action: what was done, such as film.view.
        detail: what else there is to know, as JSON; never a comment, or what a patient is called.
    """
    hold(session, row_of(person, action, film_id, detail))


def row_of(person: Person | Reader | None, action: str, film_id: str | None, detail: dict[str, Any]) -> Row:
    """The row of something that happens now: as record."""
    if isinstance(person, Person) and person.address:
        detail = {"address": person.address} | detail
    return Row(datetime.now(UTC), person.id if person else None, action, film_id, detail)


def record_first(
    session: Session, person: Person | Reader | None, action: str, film_id: str | None = None, **detail: Any
) -> None:
    """Write a row now, before something is done that the database cannot take back: as record."""
    record(session, person, action, film_id, **detail)
    write_held(session)
