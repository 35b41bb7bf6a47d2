"""What readers searched for, kept here: an address names only that there was a search, and no patient."""

import re
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import ForeignKey, String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from review.base import Table

KEPT = timedelta(hours=24)
"""Longer than a session lasts: links and the back button work that long."""

TOKEN = re.compile(r"[A-Za-z0-9_-]{16}")


class Search(Table):
    """One reader's search."""

    __tablename__ = "search"

    token: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Random; what an address has instead of the words."""
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"))
    words: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(index=True)


def keep(session: Session, reader_id: str, words: str) -> str:
    """Remember what a reader searches for; gives its token. Old ones are forgotten."""
    now = datetime.now(UTC)
    session.execute(delete(Search).where(Search.at < now - KEPT))
    token = secrets.token_urlsafe(12)
    session.add(Search(token=token, reader_id=reader_id, words=words, at=now))
    return token


def words_of(session: Session, reader_id: str, token: str) -> str:
    """What was searched for; empty where that is forgotten, or was another reader's."""
    found = session.get(Search, token) if TOKEN.fullmatch(token) else None
    old = found is None or found.reader_id != reader_id or found.at < datetime.now(UTC) - KEPT
    return "" if old or found is None else found.words
