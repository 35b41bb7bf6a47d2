"""Films of which a number is asked: their problem, the readers' numbers, and what they come to.

What stays of a forgotten film now has its number in it, too: the reader's, and the models' with the problem's name. The
guards of opinion and assessment (v0006) are written anew with these.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OPINION = (
    *("number", "key", "film_id", "reader_id", "sitting_id", "at", "blind", "assessment_id", "withdrawn"),
    *("undoes", "label", "agrees", "findings", "refusal", "heat", "lungs", "sureness", "seconds", "shown"),
    "arbitration",
)
ASSESSMENT = ("id", "film_id", "created", "outcome", "overridden_by")
"""Columns that stay as they are where a film is forgotten."""

ANSWER = ("outcome", "refusal", "classes", "predicted_class", "models")
"""What may stay of an assessment's body."""

NUMBER = ("asked", "value")
"""What may stay of it from now on."""

FORGOTTEN = "EXISTS (SELECT 1 FROM forgotten WHERE forgotten.film_id = OLD.film_id)"
SAME = {"sqlite": "NEW.{0} IS OLD.{0}", "postgresql": "NEW.{0}::text IS NOT DISTINCT FROM OLD.{0}::text"}
ONLY_ADDED_TO = "this table is only added to"


def upgrade() -> None:
    op.add_column("film", sa.Column("problem", sa.String(length=32), nullable=False, server_default="chest"))
    op.add_column("film", sa.Column("value", sa.Double(), nullable=True))
    op.create_index(op.f("ix_film_problem"), "film", ["problem"])
    op.add_column("opinion", sa.Column("value", sa.Double(), nullable=True))
    _guard((*OPINION, "value"), (*ANSWER, *NUMBER))


def downgrade() -> None:
    _guard(OPINION, ANSWER)
    op.drop_column("opinion", "value")
    op.drop_index(op.f("ix_film_problem"), table_name="film")
    op.drop_column("film", "value")
    op.drop_column("film", "problem")


def _guard(opinion: tuple[str, ...], answer: tuple[str, ...]) -> None:
    """Let only these be emptied: all but the columns, and but these parts of an answer."""
    dialect = op.get_bind().dialect.name
    names = ", ".join(f"'{name}'" for name in answer)
    if dialect == "sqlite":
        said = (
            "NEW.contours = '[]' AND NOT EXISTS (SELECT 1 FROM json_each(NEW.body) AS said WHERE "  # noqa: S608
            f"said.key NOT IN ({names}) OR said.value IS NOT json_extract(OLD.body, '$.' || said.key))"
        )
        given = "NEW.comment = '' AND NEW.shapes = '[]'"
    else:
        said = (
            f"NEW.contours::text = '[]' AND NEW.body::jsonb - ARRAY[{names}] = '{{}}'::jsonb "
            "AND NEW.body::jsonb <@ OLD.body::jsonb"
        )
        given = "NEW.comment = '' AND NEW.shapes::text = '[]'"
    for table, kept, emptied in (("opinion", opinion, given), ("assessment", ASSESSMENT, said)):
        same = " AND ".join(SAME[dialect].format(column) for column in kept)
        _let_through(dialect, table, f"{FORGOTTEN} AND {same} AND {emptied}")


def _let_through(dialect: str, table: str, emptied: str) -> None:
    if dialect == "sqlite":
        op.execute(f"DROP TRIGGER {table}_update")
        op.execute(
            f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} WHEN NOT ({emptied}) "
            f"BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED_TO}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {table}_emptied() RETURNS trigger AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF {emptied} THEN RETURN NEW; END IF; END IF; "
        f"RAISE EXCEPTION '{ONLY_ADDED_TO}'; END $$ LANGUAGE plpgsql"
    )
