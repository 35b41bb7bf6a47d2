"""Engines, and how SQLite is used."""

from typing import Any

import sqlalchemy
from sqlalchemy import Engine


def connect(url: str) -> Engine:
    """An engine; nothing is connected yet. SQLite or PostgreSQL.

    Its errors, which are logged, do not tell the values of a statement: they are patients'.
    """
    engine = sqlalchemy.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sqlalchemy.event.listen(engine, "connect", _configure)
    return engine


def _configure(connection: Any, _: object) -> None:
    """Readers do not wait for the writer; a commit is on the disk; who finds another writing waits a while; what is
    removed is overwritten."""
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON", "secure_delete=ON")
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")
