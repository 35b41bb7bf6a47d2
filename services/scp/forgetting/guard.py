"""What lets the ledger's rows be emptied, and nothing else: a table of ids that they get, and triggers that look there.

In a module of its own, made when somebody is forgotten for the first time: a ledger in which nobody was has none of it.
"""

from sqlalchemy import Column, Connection, DateTime, MetaData, String, Table, text

forgotten = Table(
    "forgotten",
    MetaData(),
    Column("id", String(32), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Random ids of forgotten films; only added to."""

IS_NAMED = "EXISTS (SELECT 1 FROM forgotten WHERE forgotten.id = NEW.{0})"
HAS_NO_FILM = "NOT EXISTS (SELECT 1 FROM instance WHERE instance.id = OLD.instance)"
"""Its film has another id by now: what is of a film that is known can be given to no other."""

EMPTIED = {
    "instance": (
        *(IS_NAMED.format("id"), "NEW.sop_instance_uid = ''", "NEW.study_instance_uid = ''"),
        "NEW.series_instance_uid = ''",
    ),
    "event": (IS_NAMED.format("instance"), HAS_NO_FILM, "CAST(NEW.detail AS TEXT) = '{}'"),
    "object": (
        *(IS_NAMED.format("instance"), HAS_NO_FILM, "NEW.sop_instance_uid NOT LIKE '%.%'"),
        *("NEW.study_instance_uid = ''", "NEW.series_instance_uid = ''"),
    ),
}
"""What has to be true of a changed row."""

KEPT = {
    "instance": ("sop_class_uid", "received", "sender"),
    "event": ("number", "at", "kind"),
    "object": ("kind", "made"),
}
"""Columns that stay as they are."""

VERBS = ("UPDATE", "DELETE")

REFUSAL = "the ledger is only added to"


def prepare(connection: Connection) -> None:
    """Make the table and let through what it names, in a ledger that has its own tables; again changes nothing.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: with PostgreSQL, where the ledger's owner has to do it.
    """
    forgotten.create(connection, checkfirst=True)
    for statement in (_sqlite if connection.dialect.name == "sqlite" else _postgresql)():
        connection.execute(text(statement))


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    made = [f"CREATE TRIGGER IF NOT EXISTS forgotten_{verb} BEFORE {verb} ON forgotten {refuse}" for verb in VERBS]
    for table in EMPTIED:
        made.append(f"DROP TRIGGER IF EXISTS {table}_UPDATE")
        made.append(f"CREATE TRIGGER {table}_UPDATE BEFORE UPDATE ON {table} WHEN NOT ({_rule(table, 'IS')}) {refuse}")
    return made


def _postgresql() -> list[str]:
    guard = "BEFORE UPDATE OR DELETE ON forgotten EXECUTE FUNCTION ledger_guard()"
    made = [f"CREATE OR REPLACE TRIGGER forgotten_guard {guard}"]
    for table in EMPTIED:
        made.append(
            f"CREATE OR REPLACE FUNCTION {table}_emptied() RETURNS trigger AS $$ BEGIN IF TG_OP = 'UPDATE' THEN "
            f"IF {_rule(table, 'IS NOT DISTINCT FROM')} THEN RETURN NEW; END IF; END IF; "
            f"RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        made.append(f"DROP TRIGGER IF EXISTS {table}_guard ON {table}")
        made.append(
            f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_emptied()"
        )
    return made


def _rule(table: str, same: str) -> str:
    kept = [f"NEW.{column} {same} OLD.{column}" for column in KEPT[table]]
    return " AND ".join([*EMPTIED[table], *kept])
