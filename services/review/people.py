"""Who may look at films, and what they did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.base import Table
from review.languages.catalogue import Language

Role = Literal["reader", "chief", "admin"]
ROLES: tuple[Role, ...] = ("reader", "chief", "admin")
"""Each may do what those before it may, and more."""

Theme = Literal["dark", "light"]
"""Of the pages; a film's own surroundings are always dark."""


@dataclass(frozen=True)
class Person:
    """Who is logged in."""

    id: str
    login: str
    name: str
    role: Role
    csrf: str
    """What their pages send along with every change."""
    address: str = ""
    """Where the request came from, for the audit."""
    entry: str = ""
    """Which of their sessions it is: what the database keeps of its cookie."""
    theme: Theme = "dark"
    auto_advance: bool = False
    """Whether the next film opens by itself after an opinion."""
    language: Language | None = None
    """Of the pages; None: as the browser asks."""

    def may(self, role: Role) -> bool:
        """Whether they may do what a role may: each includes those before it."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Reader(Table):
    """A person with an account."""

    __tablename__ = "reader"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    """As colleagues see it."""
    role: Mapped[str] = mapped_column(String(8))
    password: Mapped[str | None] = mapped_column(String(256))
    """Argon2 hash; none while invited, or where the identity provider knows the person."""
    subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    """Issuer and subject at the identity provider."""
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[datetime]
    theme: Mapped[str] = mapped_column(String(8), default="dark")
    auto_advance: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(8))
    """None: as the browser asks."""


class Login(Table):
    """A session of a reader's browser."""

    __tablename__ = "login"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the cookie, as hex: who reads the database cannot take a session over."""
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created: Mapped[datetime]
    seen: Mapped[datetime]
    provider_session: Mapped[str | None] = mapped_column(String(64), index=True)
    """SHA-256 of issuer and session ID (sid) where the identity provider said one, as hex: it may end it."""
    reader: Mapped[Reader] = relationship()


class Invitation(Table):
    """A link that sets a password, once."""

    __tablename__ = "invitation"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the link's secret, as hex."""
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), index=True)
    expires: Mapped[datetime]
    used: Mapped[datetime | None]
    reader: Mapped[Reader] = relationship()


class Device(Table):
    """A browser in which a reader has logged in with a password."""

    __tablename__ = "device"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of its cookie, as hex."""
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), primary_key=True)
    seen: Mapped[datetime]


class SecondFactor(Table):
    """The secret that a reader's app makes codes of."""

    __tablename__ = "second_factor"

    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    """Sealed: who reads the database has none."""
    step: Mapped[int]
    """The time step of the last code that was used: neither it nor an earlier one is taken again."""
    since: Mapped[datetime]


class RecoveryCode(Table):
    """What a reader gets in with, once, without their app."""

    __tablename__ = "recovery_code"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of it, as hex."""
    reader_id: Mapped[str] = mapped_column(ForeignKey("reader.id"), index=True)
    used: Mapped[datetime | None]


class LogOutToken(Table):
    """A log-out token of the identity provider that was taken: it is not taken again."""

    __tablename__ = "log_out_token"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of its jti, as hex."""
    expires: Mapped[datetime]


class Attempt(Table):
    """A log-in that failed."""

    __tablename__ = "attempt"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    login: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    """Or the browser: throttle.device."""


class Audit(Table):
    """Who looked at or changed what, when."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    reader_id: Mapped[str | None] = mapped_column(String(26), index=True)
    action: Mapped[str] = mapped_column(String(32))
    film_id: Mapped[str | None] = mapped_column(String(26), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Never what a comment says or what a patient is called."""
    seal: Mapped[str | None] = mapped_column(String(64))
    """Its HMAC with the row before it: chain.seal; none in rows from before there was a chain."""


class Redaction(Table):
    """That a row of the audit was emptied of what was searched for, and what its seal is now; its old one stays too."""

    __tablename__ = "redaction"

    number: Mapped[int] = mapped_column(ForeignKey("audit.number"), primary_key=True, autoincrement=False)
    audit_number: Mapped[int] = mapped_column(ForeignKey("audit.number"))
    """The row of the audit that says so."""
    seal: Mapped[str] = mapped_column(String(64))
    """auditing.chain.Chain.emptied."""


class AuditHead(Table):
    """The newest row of the audit's chain; the only row of its table."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))
    """Empty before the first row of the chain."""
