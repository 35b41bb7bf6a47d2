"""The ledger's tables. They are only ever added to: the database itself refuses to change or remove a row."""

from sqlalchemy import (
    DDL,
    JSON,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    event,
)

metadata = MetaData()

instances = Table(
    "instance",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("sop_instance_uid", String(64), nullable=False, index=True),
    Column("sop_class_uid", String(64), nullable=False),
    Column("study_instance_uid", String(64), nullable=False, index=True),
    Column("series_instance_uid", String(64), nullable=False),
    Column("received", DateTime(timezone=True), nullable=False),
    Column("sender", String(64), nullable=False),
)
"""Every film that entered: its identifiers, when it came, and the AE title that it came from."""

events = Table(
    "event",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("instance", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("event_by_instance", "instance", "number"),
    Index("event_by_kind", "kind", "number"),
)
"""What happened to it, in order."""

objects = Table(
    "object",
    metadata,
    Column("sop_instance_uid", String(64), primary_key=True),
    Column("instance", String(32), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("study_instance_uid", String(64), nullable=False, index=True),
    Column("series_instance_uid", String(64), nullable=False),
    Column("made", DateTime(timezone=True), nullable=False),
)
"""Every DICOM object that was made of it."""

SQLITE_GUARD = (
    "CREATE TRIGGER IF NOT EXISTS {table}_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END"
)
POSTGRESQL_GUARD = """
CREATE OR REPLACE FUNCTION ledger_guard() RETURNS trigger AS
$$ BEGIN RAISE EXCEPTION 'the ledger is only added to'; END $$ LANGUAGE plpgsql;
CREATE OR REPLACE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} EXECUTE FUNCTION ledger_guard()"""


def _guard(table: Table) -> None:
    statements = [("sqlite", SQLITE_GUARD.format(table=table.name, verb=verb)) for verb in ("UPDATE", "DELETE")]
    statements.append(("postgresql", POSTGRESQL_GUARD.format(table=table.name)))
    for dialect, statement in statements:
        ddl = DDL(statement)  # type: ignore[no-untyped-call]
        event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


for _table in metadata.sorted_tables:
    _guard(_table)
