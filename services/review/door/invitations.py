"""Links with which a person sets their password, once: for new readers, and for those who have lost theirs."""

import re
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from ulid import ULID

from review.audit import record
from review.door import devices, logins, passwords, second_factor
from review.door.logins import DEMO, fingerprint
from review.errors import ConflictError, InvalidError, NotFoundError
from review.languages.texts import gettext as _
from review.people import ROLES, Invitation, Reader, Role

GOOD_FOR = timedelta(hours=48)

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
"""What a log-in name looks like, in small letters."""


def invite(session: Session, login: str, name: str, role: Role) -> str:
    """Make a reader; gives the secret of the link with which they set their password.

    Raises:
        InvalidError: this is no log-in name, name or role.
        ConflictError: somebody has that log-in name.
    """
    login, name = folded(login), name.strip()
    if not LOGIN.fullmatch(login) or login == DEMO:
        raise InvalidError(_("a log-in name has 2 to 64 of a-z, 0-9 and . _ @ + -, a letter or digit first; not demo"))
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidError(_("a name has 1 to 100 characters"))
    if role not in ROLES:
        raise InvalidError(_("a role is one of %(roles)s", roles=", ".join(ROLES)))
    reader = Reader(id=str(ULID()), login=login, name=name, role=role, active=True, created=datetime.now(UTC))
    session.add(reader)
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError(_("there is a reader %(login)s already", login=login)) from error
    return link(session, reader)


def link(session: Session, reader: Reader) -> str:
    """The secret of a new link for a reader; links that they had before are of no more use.

    Raises:
        InvalidError: the reader has no password to set.
    """
    if reader.login == DEMO or reader.subject:
        raise InvalidError(_("%(login)s does not log in with a password of ours", login=reader.login))
    now = datetime.now(UTC)
    older = update(Invitation).where(Invitation.reader_id == reader.id, Invitation.used.is_(None))
    session.execute(older.where(Invitation.expires > now).values(expires=now))
    secret = secrets.token_urlsafe(32)
    session.add(Invitation(token=fingerprint(secret), reader_id=reader.id, expires=now + GOOD_FOR))
    return secret


def first_admin(session: Session, login: str, name: str) -> str:
    """An administrator, made or made again of a reader who is there; gives the secret of their link.

    For who has the machine in hand: it is also the way back in when the last administrator is gone, or has lost their
    second factor, which is removed.

    Raises:
        InvalidError: this is no log-in name, or one who has no password.
    """
    reader = session.scalar(select(Reader).where(Reader.login == folded(login)))
    if reader is None:
        secret = invite(session, login, name, "admin")
        reader = session.scalars(select(Reader).where(Reader.login == folded(login))).one()
    else:
        secret = link(session, reader)
        reader.role, reader.active = "admin", True
        logins.end_all(session, reader.id)
        if second_factor.remove(session, reader.id):
            record(session, None, "reader.second_factor_removed", reader=reader.login, by="command line")
    record(session, None, "reader.invite", reader=reader.login, role="admin", by="command line")
    return secret


def find(session: Session, secret: str) -> Invitation:
    """The invitation of a link.

    Raises:
        NotFoundError: there is none, or it is of no more use; says why.
    """
    found = session.get(Invitation, fingerprint(secret))
    if found is None or not found.reader.active:
        raise NotFoundError(_("this link is not one of ours: is it complete?"))
    if found.used:
        raise NotFoundError(_("this link has been used: log in with the password that was set, or ask for a new link"))
    if found.expires <= datetime.now(UTC):
        raise NotFoundError(_("this link has expired: ask for a new one"))
    return found


def accept(session: Session, secret: str, password: str) -> Reader:
    """Set the password of who was invited; their sessions end.

    Raises:
        NotFoundError: as find.
        InvalidError: the password will not do; the link can still be used.
    """
    reader = find(session, secret).reader
    passwords.check_new(password, reader.login)
    kept = passwords.hashed(password)
    now = datetime.now(UTC)
    mine = update(Invitation).where(Invitation.token == fingerprint(secret), Invitation.used.is_(None))
    if session.scalar(mine.values(used=now).returning(Invitation.token)) is None:
        raise NotFoundError(_("this link has been used"))
    reader.password = kept
    logins.end_all(session, reader.id)
    devices.forget(session, reader.id)
    return reader


def folded(login: str) -> str:
    """A log-in name as the database has it, however it was typed."""
    return login.strip().lower()
