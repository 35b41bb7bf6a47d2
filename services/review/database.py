"""The database: connected, and brought to this version's tables (Alembic)."""

import sqlite3
from pathlib import Path

import sqlalchemy
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from auditing.chain import Chain
from databases.connection import connect
from databases.schema import Schema
from review.chain import seal

__all__ = ["SCHEMA", "Sessions", "connect", "is_full", "sessions", "upgrade"]

log = structlog.get_logger()

SCHEMA = Schema("the reading room's database", Path(__file__).parent / "migrations")

Sessions = sessionmaker[Session]


def upgrade(engine: Engine) -> None:
    """Bring the tables to this version; all or nothing.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be reached.
        databases.schema.NewerSchemaError: it is of a newer version than this one.
    """
    if came_from := SCHEMA.upgrade(engine):
        log.info("migrated", database=SCHEMA.name, before=came_from, now=SCHEMA.head)


def is_full(error: DBAPIError) -> bool:
    """Whether a statement failed since the database's disk is full.

    Source:
        SQLite's SQLITE_FULL; PostgreSQL's disk_full (53100).
    """
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", None) == "53100"


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
