"""Who is a reader, and as what: the rules for changing it."""

from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from ulid import ULID

from review.database import Sessions
from review.door import logins
from review.door.logins import DEMO
from review.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from review.languages.texts import gettext as _
from review.people import ROLES, Reader, Role


def find(session: Session, reader_id: str) -> Reader:
    """A reader. Raises NotFoundError."""
    reader = session.get(Reader, reader_id)
    if reader is None:
        raise NotFoundError(_("no such reader"))
    return reader


def named(session: Session, login: str) -> Reader:
    """The reader with a log-in name. Raises NotFoundError."""
    reader = session.scalar(select(Reader).where(Reader.login == login))
    if reader is None:
        raise NotFoundError(_("no reader logs in as %(login)s", login=login))
    return reader


def change_role(session: Session, reader: Reader, role: Role) -> None:
    """Make a reader something else; their sessions end.

    Raises:
        InvalidError: no such role, or it is not ours to give.
        ConflictError: nobody would be left who can administer.
    """
    if role not in ROLES:
        raise InvalidError(_("a role is one of %(roles)s", roles=", ".join(ROLES)))
    if reader.subject or reader.login == DEMO:
        raise InvalidError(_("the role of %(login)s is not given here", login=reader.login))
    _change(session, reader, role, reader.active)


def set_active(session: Session, reader: Reader, active: bool) -> None:
    """Let a reader in, or no more; their sessions end.

    Raises:
        ConflictError: nobody would be left who can administer.
    """
    _change(session, reader, reader.role, active)


def demo_reader(sessions: Sessions) -> str:
    """The id of the reader who needs no password, made where there is none yet.

    Raises:
        ForbiddenError: an administrator has closed the account.
    """
    query = select(Reader).where(Reader.login == DEMO)
    now = datetime.now(UTC)
    try:
        with sessions.begin() as session:
            if session.scalar(query) is None:
                session.add(
                    Reader(id=str(ULID()), login=DEMO, name="Demo reader", role="chief", active=True, created=now)
                )
    except IntegrityError:  # somebody else was first
        pass
    with sessions() as session:
        reader = session.scalars(query).one()
    if not reader.active:
        raise ForbiddenError(_("the demo reader is not let in"))
    return reader.id


def _change(session: Session, reader: Reader, role: str, active: bool) -> None:
    """Two administrators who demote each other at the same moment: the second one waits, and then is refused.

    PostgreSQL waits at the lock, SQLite at the first write.
    """
    admins = select(Reader.id).where(Reader.role == "admin", Reader.active.is_(True))
    admins = admins.where(or_(Reader.password.is_not(None), Reader.subject.is_not(None)))
    was_admin = reader.role == "admin" and reader.active
    session.scalars(admins.order_by(Reader.id).with_for_update()).all()
    reader.role, reader.active = role, active
    logins.end_all(session, reader.id)
    session.flush()
    if was_admin and not session.scalars(admins).all():
        raise ConflictError(_("this is the last administrator: make another one first"))
