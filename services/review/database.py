"""The database: connected, and brought to this version's tables (Alembic)."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from auditing.chain import Chain
from review.chain import seal

MIGRATIONS = Path(__file__).parent / "migrations"

Sessions = sessionmaker[Session]


def connect(url: str) -> Engine:
    """An engine; nothing is connected yet. SQLite or PostgreSQL.

    Its errors, which are logged, do not tell the values of a statement: they are patients'.
    """
    engine = sqlalchemy.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(engine, "connect", _configure)
    return engine


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version; all or nothing.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be reached.
        alembic.util.CommandError: it is of a newer version than this one.
    """
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "head")


def is_full(error: DBAPIError) -> bool:
    """Whether a statement failed since the database's disk is full.

    Source:
        SQLite's SQLITE_FULL; PostgreSQL's disk_full (53100).
    """
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", None) == "53100"


def configuration(connection: sqlalchemy.Connection | None = None) -> Config:
    """Alembic's, for a connection that is in a transaction already."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def sessions(engine: Engine, chain: Chain | None = None) -> Sessions:
    """Makes sessions; what was read can still be looked at after a commit.

    Args:
        chain: seals what is recorded; without it, nothing can be.
    """
    if chain is None:
        return sessionmaker(engine, expire_on_commit=False)
    made = sessionmaker(engine, expire_on_commit=False, info={seal.CHAIN: chain})
    sqlalchemy.event.listen(made, "before_commit", seal.write_held)
    sqlalchemy.event.listen(made, "after_commit", seal.committed)
    sqlalchemy.event.listen(made, "after_rollback", seal.rolled_back)
    return made


def _configure(connection: Any, _: object) -> None:
    """Readers do not wait for the writer; a commit is on the disk; who finds another writing waits a while; what is
    removed is overwritten."""
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
