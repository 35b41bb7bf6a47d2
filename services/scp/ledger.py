"""The ledger: every film that enters ends as assessed, refused or failed, and what was made of it is known for ever.

It holds identifiers and times, nothing else of a patient.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy
import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from databases.connection import connect
from scp.database import SCHEMA
from scp.films import Film
from scp.tables import events, instances, objects

log = structlog.get_logger()

State = Literal["received", "assessed", "refused", "failed"]
STATES: tuple[State, ...] = ("received", "assessed", "refused", "failed")
"""What a film can be. A failed one may be tried again, and become another; the last one counts."""

Kind = Literal[
    "received", "assessed", "refused", "failed", "duplicate", "delivered", "undelivered", "resent", "amended"
]


@dataclass(frozen=True)
class Made:
    """A DICOM object that was made of a film."""

    instance: str
    """Id of the film."""
    kind: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str


class Ledger:
    """Append-only, in any database of SQLAlchemy's; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Connect, and bring the tables to this version.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be reached.
            databases.schema.NewerSchemaError: a newer version than this one wrote it.
        """
        self._engine = connect(url)
        try:
            came_from = SCHEMA.upgrade(self._engine)
        except Exception:
            self.close()
            raise
        if came_from:
            log.info("migrated", database=SCHEMA.name, before=came_from, now=SCHEMA.head)

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def receive(self, film: Film, sender: str, **detail: Any) -> None:
        """A film is on the disk."""
        row = {
            "id": film.id,
            "sop_instance_uid": film.sop_instance_uid,
            "sop_class_uid": film.sop_class_uid,
            "study_instance_uid": film.study_instance_uid,
            "series_instance_uid": film.series_instance_uid,
            "received": datetime.now(UTC),
            "sender": sender,
        }
        with self._engine.begin() as connection:
            connection.execute(self._insert_new(instances), row)
            connection.execute(events.insert(), _event(film.id, "received", {"sender": sender, **detail}))

    def refuse(self, film: Film, reason: str, sender: str, **detail: Any) -> None:
        """A film came and is not kept, for a reason of ours; nobody asked the gateway."""
        if self.state(film.id) is None:
            self.receive(film, sender, **detail)
            self.append(film.id, "refused", reason=reason)

    def append(self, film_id: str, kind: Kind, **detail: Any) -> None:
        """Something happened to a film."""
        with self._engine.begin() as connection:
            connection.execute(events.insert(), _event(film_id, kind, detail))

    def conclude(self, film_id: str, kind: Kind, made: Iterable[Made], **detail: Any) -> None:
        """A film reached a state or was amended, and objects were made of it; both or neither are kept."""
        now = datetime.now(UTC)
        rows = [{**vars(each), "made": now} for each in made]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(self._insert_new(objects), rows)
            connection.execute(events.insert(), _event(film_id, kind, detail))

    def state(self, film_id: str) -> State | None:
        """What a film is now; None where it never came."""
        found = self._one(
            select(events.c.kind).where(events.c.instance == film_id, events.c.kind.in_(STATES)), events.c.number
        )
        return found[0] if found else None

    def last_report(self, sop_instance_uid: str) -> Made | None:
        """The newest report of a film, by the film's SOP Instance UID, whichever bytes it came in.

        Films without one are all different: none of them has an earlier report.
        """
        if not sop_instance_uid:
            return None
        found = self._one(
            select(objects)
            .join(instances, instances.c.id == objects.c.instance)
            .where(instances.c.sop_instance_uid == sop_instance_uid, objects.c.kind.in_(("sr", "notice"))),
            objects.c.made,
        )
        return _made(found) if found else None

    def knows(self, sop_instance_uid: str) -> bool:
        """Whether a film came here, in whichever bytes."""
        return self._one(select(instances.c.id).where(instances.c.sop_instance_uid == sop_instance_uid)) is not None

    def is_ours(self, sop_instance_uid: str) -> bool:
        """Whether an instance is an object that we made."""
        return self._one(select(objects.c.kind).where(objects.c.sop_instance_uid == sop_instance_uid)) is not None

    def made(self, film_id: str | None = None, since: datetime | None = None) -> list[Made]:
        """The objects made of a film, or of all films, since a time."""
        query = select(objects).order_by(objects.c.made)
        if film_id:
            query = query.where(objects.c.instance == film_id)
        if since:
            query = query.where(objects.c.made >= since)
        with self._engine.connect() as connection:
            return [_made(row) for row in connection.execute(query)]

    def counts(self) -> dict[str, int]:
        """State to how many films are in it now."""
        last = select(func.max(events.c.number)).where(events.c.kind.in_(STATES)).group_by(events.c.instance)
        with self._engine.connect() as connection:
            kinds = connection.execute(select(events.c.kind).where(events.c.number.in_(last))).scalars()
            return dict.fromkeys(STATES, 0) | Counter(kinds)

    def had(self, study: str, series: str | None = None, instance: str | None = None) -> bool:
        """Whether a film, or an object that was made of one, of these UIDs was ever here."""
        asked = {"study_instance_uid": study, "series_instance_uid": series, "sop_instance_uid": instance}
        given = {column: value for column, value in asked.items() if value is not None}
        return any(
            self._one(select(table.c.sop_instance_uid).filter_by(**given)) is not None for table in (instances, objects)
        )

    def films(self, state: State | None = None) -> list[tuple[str, str, State]]:
        """Id, SOP Instance UID and state of every film, or of those in a state, in the order of arrival."""
        query = standing()
        if state:
            query = query.where(events.c.kind == state)
        with self._engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def history(self, film_id: str) -> list[tuple[datetime, str, dict[str, Any]]]:
        """Everything that happened to a film: when, what, and details."""
        query = select(events.c.at, events.c.kind, events.c.detail).where(events.c.instance == film_id)
        with self._engine.connect() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query.order_by(events.c.number))]

    def _one(self, query: sqlalchemy.Select[Any], newest_by: Any = None) -> sqlalchemy.Row[Any] | None:
        if newest_by is not None:
            query = query.order_by(newest_by.desc())
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first()

    def _insert_new(self, table: sqlalchemy.Table) -> sqlalchemy.Insert:
        """An insert that leaves a row alone which is there already."""
        if self._engine.dialect.name == "postgresql":
            return postgresql.insert(table).on_conflict_do_nothing()
        return sqlite.insert(table).on_conflict_do_nothing()


def standing() -> sqlalchemy.Select[str, str, State]:
    """Id, SOP Instance UID and state of every film, in the order of arrival."""
    last = (
        select(events.c.instance, func.max(events.c.number).label("number"))
        .where(events.c.kind.in_(STATES))
        .group_by(events.c.instance)
        .subquery()
    )
    return (
        select(instances.c.id, instances.c.sop_instance_uid, events.c.kind)
        .join(last, last.c.instance == instances.c.id)
        .join(events, events.c.number == last.c.number)
        .order_by(instances.c.received)
    )


def _event(film_id: str, kind: Kind, detail: dict[str, Any]) -> dict[str, Any]:
    return {"at": datetime.now(UTC), "instance": film_id, "kind": kind, "detail": detail}


def _made(row: Sequence[Any]) -> Made:
    uid, instance, kind, study, series, _ = row
    return Made(instance, kind, uid, study, series)
