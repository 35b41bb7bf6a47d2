"""Who does what is written down. Where it is read: review.audit_page."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from review.people import Audit, Person, Reader


def record(
    session: Session, person: Person | Reader | None, action: str, film_id: str | None = None, **detail: Any
) -> None:
    """Add a row to the audit, in the caller's transaction: what is not recorded has not happened.

    Args:
        person: who did it; a Person's address goes into the detail. None: somebody who is not known, or the system.
        action: what was done, such as film.view.
        detail: what else there is to know, as JSON; never a comment, or what a patient is called.
    """
    if isinstance(person, Person) and person.address:
        detail = {"address": person.address} | detail
    reader_id = person.id if person else None
    session.add(Audit(at=datetime.now(UTC), reader_id=reader_id, action=action, film_id=film_id, detail=detail))
