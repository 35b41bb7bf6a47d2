"""Who can be forgotten, and merged: rows that are only added to may be emptied of what is of a patient.

The guards of assessment, opinion and audit stay, and let one more thing through: the same row without what is of a
patient, where `forgotten` names its film or `redaction` its number. Both name a row of the audit that says so, and are
themselves only added to. Nothing may be removed, and no statement be made another one.
"""

import sqlalchemy as sa
from alembic import op

import review.base

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEPT = {
    "assessment": ("id", "film_id", "created", "outcome", "overridden_by"),
    "opinion": (
        *("number", "key", "film_id", "reader_id", "sitting_id", "at", "blind", "assessment_id", "withdrawn"),
        *("undoes", "label", "agrees", "findings", "refusal", "heat", "lungs", "sureness", "seconds", "shown"),
        "arbitration",
    ),
    "audit": ("number", "at", "reader_id", "action", "film_id", "seal"),
}
"""Columns that stay as they are."""

ANSWER = ("outcome", "refusal", "classes", "predicted_class", "models")
"""What may stay of an assessment's body: on these rest the figures that judge models and readers."""

NAMED = {
    "assessment": "EXISTS (SELECT 1 FROM forgotten WHERE forgotten.film_id = OLD.film_id)",
    "opinion": "EXISTS (SELECT 1 FROM forgotten WHERE forgotten.film_id = OLD.film_id)",
    "audit": "EXISTS (SELECT 1 FROM redaction WHERE redaction.number = OLD.number)",
}

_NAMES = ", ".join(f"'{name}'" for name in ANSWER)
EMPTIED = {
    "sqlite": {
        "assessment": "NEW.contours = '[]' AND NOT EXISTS (SELECT 1 FROM json_each(NEW.body) AS said WHERE "  # noqa: S608
        f"said.key NOT IN ({_NAMES}) OR said.value IS NOT json_extract(OLD.body, '$.' || said.key))",
        "opinion": "NEW.comment = '' AND NEW.shapes = '[]'",
        "audit": "json(NEW.detail) = json_remove(OLD.detail, '$.query')",
    },
    "postgresql": {
        "assessment": f"NEW.contours::text = '[]' AND NEW.body::jsonb - ARRAY[{_NAMES}] = '{{}}'::jsonb "
        "AND NEW.body::jsonb <@ OLD.body::jsonb",
        "opinion": "NEW.comment = '' AND NEW.shapes::text = '[]'",
        "audit": "NEW.detail::jsonb = OLD.detail::jsonb - 'query'",
    },
}

SAME = {"sqlite": "NEW.{0} IS OLD.{0}", "postgresql": "NEW.{0}::text IS NOT DISTINCT FROM OLD.{0}::text"}

ONLY_ADDED_TO = "this table is only added to"


def upgrade() -> None:
    op.add_column("film", sa.Column("forgotten", review.base.Moment(timezone=True), nullable=True))
    op.create_table(
        "forgotten",
        sa.Column("film_id", sa.String(length=26), nullable=False),
        sa.Column("audit_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["audit_number"], ["audit.number"]),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"]),
        sa.PrimaryKeyConstraint("film_id"),
    )
    op.create_table(
        "redaction",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("audit_number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["audit_number"], ["audit.number"]),
        sa.ForeignKeyConstraint(["number"], ["audit.number"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "merged",
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("at", review.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "patient_id"),
    )
    dialect = op.get_bind().dialect.name
    for table, kept in KEPT.items():
        same = " AND ".join(SAME[dialect].format(column) for column in kept)
        _let_through(dialect, table, f"{NAMED[table]} AND {same} AND {EMPTIED[dialect][table]}")
    for table in ("forgotten", "redaction"):
        _guard(dialect, table)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table in KEPT:
        _restore(dialect, table)
    op.drop_table("merged")
    op.drop_table("redaction")
    op.drop_table("forgotten")
    op.drop_column("film", "forgotten")
    if dialect == "postgresql":
        for table in KEPT:
            op.execute(f"DROP FUNCTION {table}_emptied")


def _let_through(dialect: str, table: str, emptied: str) -> None:
    """Guard a table as before, but for a row that is emptied as it may be."""
    if dialect == "sqlite":
        op.execute(f"DROP TRIGGER {table}_update")
        op.execute(
            f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} WHEN NOT ({emptied}) "
            f"BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED_TO}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_emptied() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF {emptied} THEN RETURN NEW; END IF; END IF; "
        f"RAISE EXCEPTION '{ONLY_ADDED_TO}'; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"DROP TRIGGER {table}_guard ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_emptied()"
    )


def _guard(dialect: str, table: str) -> None:
    if dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED_TO}'); END"
            )
        return
    op.execute(f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} EXECUTE FUNCTION only_added_to()")


def _restore(dialect: str, table: str) -> None:
    if dialect == "sqlite":
        op.execute(f"DROP TRIGGER {table}_update")
        op.execute(
            f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED_TO}'); END"
        )
        return
    op.execute(f"DROP TRIGGER {table}_guard ON {table}")
    _guard(dialect, table)
