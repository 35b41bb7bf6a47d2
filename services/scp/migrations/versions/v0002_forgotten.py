"""Films can be forgotten: a table of ids that their rows get, and guards that let a row with such an id be emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

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

REFUSE = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for statement in _sqlite() if _on_sqlite() else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    for table in EMPTIED:
        if _on_sqlite():
            op.execute(f"DROP TRIGGER {table}_UPDATE")
            op.execute(f"CREATE TRIGGER {table}_UPDATE BEFORE UPDATE ON {table} {REFUSE}")
        else:
            op.execute(f"DROP TRIGGER {table}_guard ON {table}")
            op.execute(f"DROP FUNCTION {table}_emptied")
            op.execute(
                f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} EXECUTE FUNCTION ledger_guard()"
            )
    op.drop_table("forgotten")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _sqlite() -> list[str]:
    made = [f"CREATE TRIGGER forgotten_{verb} BEFORE {verb} ON forgotten {REFUSE}" for verb in VERBS]
    for table in EMPTIED:
        made.append(f"DROP TRIGGER {table}_UPDATE")
        made.append(f"CREATE TRIGGER {table}_UPDATE BEFORE UPDATE ON {table} WHEN NOT ({_rule(table, 'IS')}) {REFUSE}")
    return made


def _postgresql() -> list[str]:
    guard = "BEFORE UPDATE OR DELETE ON forgotten EXECUTE FUNCTION ledger_guard()"
    made = [f"CREATE TRIGGER forgotten_guard {guard}"]
    for table in EMPTIED:
        made.append(
            f"CREATE FUNCTION {table}_emptied() RETURNS trigger AS $$ BEGIN IF TG_OP = 'UPDATE' THEN "
            f"IF {_rule(table, 'IS NOT DISTINCT FROM')} THEN RETURN NEW; END IF; END IF; "
            f"RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
        made.append(f"DROP TRIGGER {table}_guard ON {table}")
        made.append(
            f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_emptied()"
        )
    return made


def _rule(table: str, same: str) -> str:
    kept = [f"NEW.{column} {same} OLD.{column}" for column in KEPT[table]]
    return " AND ".join([*EMPTIED[table], *kept])
