"""Rows of the ledger without UIDs: which are meant, and emptying them."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, text, update

from databases.connection import connect
from erasure.names import Identity
from scp.ledger import STATES
from scp.tables import events, forgotten, instances, objects

EVENT = "forgotten"
"""What the ledger says happened to the film."""


class Book:
    """The ledger, where somebody is forgotten."""

    def __init__(self, url: str) -> None:
        """At a URL; its tables are there. Raises sqlalchemy.exc.SQLAlchemyError."""
        self._engine = connect(url)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def films(self) -> Iterator[tuple[Identity, datetime]]:
        """Every film, and when it came; whose it is, the ledger does not know."""
        query = select(instances.c.id, instances.c.study_instance_uid, instances.c.received)
        with self._engine.connect() as connection:
            for film, study, received in connection.execute(query):
                yield Identity(study=study, film=film), _moment(received)

    def assessments(self, films: Iterable[str]) -> list[str]:
        """The gateway's ids of what it said of these films."""
        told = [each for film in films for each in self._details(film)]
        return sorted({str(detail["id"]) for detail in told if detail.get("id")})

    def _details(self, film: str) -> list[dict[str, Any]]:
        query = select(events.c.detail).where(events.c.instance == film, events.c.kind.in_(STATES))
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def forget(self, films: Iterable[str], detail: dict[str, Any]) -> int:
        """Empty the rows of these films; of how many there were any.

        Args:
            detail: who did it, and why.
        """
        with self._engine.begin() as connection:
            return sum(_forget(connection, film, detail) for film in films)

    def scrub(self) -> None:
        """Overwrite what is free in the database's files; as review.forgetting.scrub."""
        with self._autocommit() as connection:
            connection.execute(text("VACUUM"))
            if self._engine.dialect.name == "sqlite":
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    @contextmanager
    def _autocommit(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection


def _forget(connection: Connection, film: str, detail: dict[str, Any]) -> bool:
    """One film; whether the ledger had it."""
    now, new = datetime.now(UTC), uuid.uuid4().hex
    if connection.execute(select(instances.c.id).where(instances.c.id == film)).first() is None:
        return False
    connection.execute(forgotten.insert().values(id=new, at=now))
    empty = {"study_instance_uid": "", "series_instance_uid": ""}
    row = update(instances).where(instances.c.id == film)
    connection.execute(row.values(id=new, sop_instance_uid="", **empty))
    connection.execute(update(events).where(events.c.instance == film).values(instance=new, detail={}))
    made = connection.execute(select(objects.c.sop_instance_uid).where(objects.c.instance == film)).scalars().all()
    for uid in made:
        one = update(objects).where(objects.c.sop_instance_uid == uid)
        connection.execute(one.values(instance=new, sop_instance_uid=uuid.uuid4().hex, **empty))
    connection.execute(events.insert().values(at=now, instance=new, kind=EVENT, detail=detail))
    return True


def _moment(found: datetime) -> datetime:
    """With its zone, which SQLite forgets."""
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
