"""Recovery codes: on paper, each gets a reader in once, when their app is not at hand."""

import base64
import secrets
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from review.door.logins import fingerprint
from review.people import RecoveryCode

HOW_MANY = 10

BYTES = 15
"""120 random bits: with so many, a hash needs no salt. Source: NIST SP 800-63B, 5.1.2.2."""


def renew(session: Session, reader_id: str) -> list[str]:
    """New ones, as they are shown once; the reader's older ones are of no more use."""
    forget(session, reader_id)
    codes = [_random() for _ in range(HOW_MANY)]
    session.add_all(RecoveryCode(token=_token(each), reader_id=reader_id) for each in codes)
    return codes


def use(session: Session, reader_id: str, code: str) -> bool:
    """Whether it is one of the reader's that was not used; from now on it is."""
    mine = update(RecoveryCode).where(RecoveryCode.reader_id == reader_id, RecoveryCode.token == _token(code))
    unused = mine.where(RecoveryCode.used.is_(None)).values(used=datetime.now(UTC))
    return session.scalar(unused.returning(RecoveryCode.token)) is not None


def left(session: Session, reader_id: str) -> int:
    """How many the reader has not used."""
    mine = select(func.count()).where(RecoveryCode.reader_id == reader_id, RecoveryCode.used.is_(None))
    return session.scalars(mine).one()


def forget(session: Session, reader_id: str) -> None:
    """The reader has none any more."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.reader_id == reader_id))


def _random() -> str:
    """Six groups of four letters and digits, none of which is taken for another."""
    letters = base64.b32encode(secrets.token_bytes(BYTES)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _token(code: str) -> str:
    """However it is typed: in capitals, with or without what is between the groups."""
    return fingerprint("".join(each for each in code.lower() if each.isalnum()))
