"""A second factor is set up: the app takes a secret from a picture, and shows with a code that it has it.

Nothing is kept of it before that: the page has the secret, sealed for its reader.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from review.door import halfway, second_factor, totp
from review.door.sealing import Sealer
from review.errors import ConflictError, InvalidError
from review.languages.texts import gettext as _

PURPOSE = "second factor to be"


@dataclass(frozen=True)
class Enrolment:
    """A secret on its way to its reader's app."""

    reader_id: str
    secret: str
    begun: float
    """Seconds since 1970."""
    half: str = ""
    """Where it is done at the log-in: halfway in, sealed."""


def begin(reader_id: str, half: str = "") -> Enrolment:
    """With a new secret."""
    return Enrolment(reader_id, totp.new_secret(), datetime.now(UTC).timestamp(), half)


def sealed(sealer: Sealer, enrolment: Enrolment) -> str:
    """For the page."""
    return sealer.seal(PURPOSE, asdict(enrolment), halfway.LASTS)


def opened(sealer: Sealer, given: str) -> Enrolment:
    """From the page.

    Raises:
        InvalidError: it is not ours, or from too long ago.
    """
    found = sealer.open(PURPOSE, given)
    if found is None:
        raise InvalidError(_("that took too long: please begin again"))
    return Enrolment(**found)


def finish(session: Session, sealer: Sealer, enrolment: Enrolment, code: str) -> list[str]:
    """The reader's app has the secret: it is their second factor from now on. Gives their recovery codes.

    Raises:
        InvalidError: the code is not of the secret.
        ConflictError: one was set up since this was begun, with this page or another.
    """
    already = second_factor.kept(session, enrolment.reader_id)
    if already and already.since.timestamp() > enrolment.begun:
        raise ConflictError(_("a second factor was set up meanwhile: this page is of no more use"))
    step = totp.step_of(enrolment.secret, code)
    if step is None:
        raise InvalidError(_("this is not the code: wait for the next one, and look at the telephone's clock"))
    return second_factor.keep(session, sealer, enrolment.reader_id, enrolment.secret, step)


def shown(sealer: Sealer, enrolment: Enrolment, reader_login: str) -> dict[str, object]:
    """What the page needs."""
    return {
        "picture": totp.picture(enrolment.secret, reader_login),
        "key": totp.spelt(enrolment.secret),
        "enrolment": sealed(sealer, enrolment),
    }
