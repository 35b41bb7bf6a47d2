"""Log-in name and password: looked at, and changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from review.audit import record
from review.database import Sessions
from review.door import devices, logins, passwords, throttle
from review.door.invitations import folded
from review.door.logins import DEMO
from review.errors import InvalidError, LogInError
from review.languages.texts import gettext as _
from review.people import Person, Reader


def authenticate(sessions: Sessions, login: str, password: str, address: str, device: str = "") -> str:
    """The id of the reader who has this log-in name and password.

    Args:
        address: where they are.
        device: the cookie by which their browser is known, if it is.

    Raises:
        LogInError: nobody has both; does not say which is wrong.
        TooManyError: too many log-ins failed; the password was not looked at.
    """
    login = folded(login)
    with sessions() as session:
        reader = session.scalar(select(Reader).where(Reader.login == login))
        place = devices.counted(session, reader, device, address)
    throttle.admit(sessions, login, place)
    may = reader is not None and reader.active and reader.login != DEMO
    right = passwords.right(reader.password if reader and may else None, password)
    with sessions.begin() as session:
        if right and reader:
            throttle.forgive(session, login, place)
            _refresh(session, reader, password)
            return reader.id
        # Not what was typed: it may be a password in the wrong field.
        record(session, reader, "log_in.failed", address=address, account=reader is not None)
    raise LogInError(_("the log-in name or the password is wrong"))


def change(sessions: Sessions, person: Person, current: str, new: str, cookie: str) -> int:
    """A reader sets a new password; their other sessions end. Gives how many did.

    Raises:
        InvalidError: the current one is wrong, or the new one will not do.
        TooManyError: the current one was wrong too often.
    """
    passwords.check_new(new, person.login)
    confirm(sessions, person, current)
    hashed = passwords.hashed(new)
    with sessions.begin() as session:
        devices.forget(session, person.id)
        session.get_one(Reader, person.id).password = hashed
        ended = logins.end_all(session, person.id, but=cookie)
        record(session, person, "reader.password", ended=ended)
    return ended


def confirm(sessions: Sessions, person: Person, current: str) -> None:
    """Make sure that it is still the reader who sits there: they say their password again.

    Raises:
        InvalidError: it is wrong, or they have none.
        TooManyError: it was wrong too often.
    """
    with sessions() as session:
        kept = session.scalars(select(Reader.password).where(Reader.id == person.id)).one()
    if kept is None:
        raise InvalidError(_("you do not log in with a password of ours"))
    place = throttle.device(person.entry)  # their session: nobody else can slow it down
    throttle.admit(sessions, person.login, place)
    with sessions.begin() as session:
        if passwords.right(kept, current):
            throttle.forgive(session, person.login, place)
            return
        record(session, person, "reader.password_failed")
    raise InvalidError(_("the current password is wrong"))


def _refresh(session: Session, reader: Reader, password: str) -> None:
    """Hash again where the parameters have become stronger meanwhile."""
    if reader.password and passwords.outdated(reader.password):
        session.get_one(Reader, reader.id).password = passwords.hashed(password)
