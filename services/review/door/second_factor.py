"""Besides the password, a code of an app or a recovery code: who needs it, what is kept, and whether it is right."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from review.door import recovery, totp
from review.door.logins import DEMO
from review.door.sealing import Sealer
from review.errors import ConflictError
from review.languages.texts import gettext as _
from review.people import Reader, SecondFactor
from review.settings import Settings


@dataclass(frozen=True)
class Typed:
    """What somebody typed: one of the two."""

    code: str = ""
    recovery: str = ""


def needed(reader: Reader, settings: Settings) -> bool:
    """Whether the reader may log in with one only. A hospital account's is the provider's to ask for."""
    if reader.subject or reader.login == DEMO:
        return False
    return settings.second_factor_for == "everybody" or (
        settings.second_factor_for == "admins" and reader.role == "admin"
    )


def kept(session: Session, reader_id: str) -> SecondFactor | None:
    """The reader's."""
    return session.get(SecondFactor, reader_id)


def keep(session: Session, sealer: Sealer, reader_id: str, secret: str, step: int) -> list[str]:
    """Make it the reader's, in place of what they had; gives their recovery codes.

    Args:
        step: of the code with which they have shown that their app has the secret.

    Raises:
        ConflictError: they did the same elsewhere, at this moment.
    """
    remove(session, reader_id)
    sealed = sealer.seal(_purpose(reader_id), {"secret": secret})
    session.add(SecondFactor(reader_id=reader_id, secret=sealed, step=step, since=datetime.now(UTC)))
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(_("a second factor has just been set up elsewhere")) from error
    return recovery.renew(session, reader_id)


def remove(session: Session, reader_id: str) -> bool:
    """Take it away, with the recovery codes; whether there was one."""
    recovery.forget(session, reader_id)
    gone = delete(SecondFactor).where(SecondFactor.reader_id == reader_id).returning(SecondFactor.reader_id)
    return session.scalar(gone) is not None


def proved(session: Session, sealer: Sealer, reader_id: str, typed: Typed) -> str:
    """By what the reader has proved who they are, `code` or `recovery code`; empty where they have not.

    What was right is of no more use: neither that code, nor that recovery code.
    """
    if typed.recovery:
        return "recovery code" if recovery.use(session, reader_id, typed.recovery) else ""
    factor = kept(session, reader_id)
    opened = sealer.open(_purpose(reader_id), factor.secret) if factor else None
    step = totp.step_of(opened["secret"], typed.code, factor.step) if factor and opened else None
    if step is None:
        return ""
    mine = update(SecondFactor).where(SecondFactor.reader_id == reader_id, SecondFactor.step < step)
    return "code" if session.scalar(mine.values(step=step).returning(SecondFactor.reader_id)) else ""


def _purpose(reader_id: str) -> str:
    """A secret is of one reader: who writes the database cannot give somebody their own."""
    return f"second factor of {reader_id}"
