"""Halfway in: the password was right, and a second factor is still asked for.

Nothing is kept here of it: the page has it, sealed. It is of no more use once the password has changed.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from review.door.logins import fingerprint
from review.door.sealing import Sealer
from review.errors import LogInError
from review.languages.texts import gettext as _
from review.people import Reader

LASTS = timedelta(minutes=10)

PURPOSE = "halfway in"


@dataclass(frozen=True)
class Halfway:
    """Who it is, how they came, and where they want to go."""

    reader_id: str
    way: str
    next: str
    password: str
    """Fingerprint of the hash that was kept then."""


def of(reader: Reader, way: str, next: str) -> Halfway:
    """A reader whose password was right."""
    return Halfway(reader.id, way, next, fingerprint(reader.password or ""))


def sealed(sealer: Sealer, half: Halfway) -> str:
    """For the page."""
    return sealer.seal(PURPOSE, asdict(half), LASTS)


def opened(sealer: Sealer, given: str) -> Halfway:
    """From the page.

    Raises:
        LogInError: it is not ours, or from too long ago.
    """
    found = sealer.open(PURPOSE, given)
    if found is None:
        raise LogInError(_("that took too long: please log in again"))
    return Halfway(**found)


def reader(session: Session, half: Halfway) -> Reader:
    """Who it is.

    Raises:
        LogInError: they may not come in any more, or have another password by now.
    """
    found = session.get(Reader, half.reader_id)
    if found is None or not found.active or fingerprint(found.password or "") != half.password:
        raise LogInError(_("your account has changed meanwhile: please log in again"))
    return found
