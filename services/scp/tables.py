"""The ledger's tables, which migrations/ makes. They are only ever added to: the database itself refuses to change or
remove a row."""

from sqlalchemy import JSON, Column, DateTime, Index, Integer, MetaData, String, Table

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

forgotten = Table(
    "forgotten",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Random ids that forgotten films have now; with one, a row may be emptied (migrations, v0002). Only added to."""
