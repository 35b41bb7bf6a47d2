"""The first tables."""

import sqlalchemy as sa
from alembic import op

import review.base

APPEND_ONLY = ("assessment", "opinion", "audit")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", review.base.Moment(timezone=True), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_address"), ["address"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_login"), ["login"], unique=False)

    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", review.base.Moment(timezone=True), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=True),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("film_id", sa.String(length=26), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_film_id"), ["film_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "bookmark",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "film",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sop_instance_uid", sa.String(length=64), nullable=False),
        sa.Column("study_instance_uid", sa.String(length=64), nullable=False),
        sa.Column("arrived", review.base.Moment(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("spacing_mm", sa.JSON(), nullable=True),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("patient_name", sa.String(length=330), nullable=False),
        sa.Column("patient_id", sa.String(length=64), nullable=False),
        sa.Column("birth_date", sa.String(length=10), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("accession_number", sa.String(length=16), nullable=False),
        sa.Column("study_date", sa.String(length=10), nullable=False),
        sa.Column("study_time", sa.String(length=8), nullable=False),
        sa.Column("modality", sa.String(length=16), nullable=False),
        sa.Column("view_position", sa.String(length=16), nullable=False),
        sa.Column("scanner", sa.String(length=200), nullable=False),
        sa.Column("search", sa.String(length=500), nullable=False),
        sa.Column("assessment_id", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("refusal", sa.String(length=32), nullable=True),
        sa.Column("predicted_class", sa.String(length=32), nullable=True),
        sa.Column("urgency", sa.Double(), nullable=False),
        sa.Column("nearness", sa.Double(), nullable=True),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=True),
        sa.Column("read_at", review.base.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", "sop_instance_uid", name="film_once"),
    )
    with op.batch_alter_table("film", schema=None) as batch_op:
        batch_op.create_index("film_by_arrival", ["arrived"], unique=False)
        batch_op.create_index("film_by_patient", ["patient_id", "study_date"], unique=False)
        batch_op.create_index("film_by_urgency", ["state", "urgency"], unique=False)
        batch_op.create_index(batch_op.f("ix_film_outcome"), ["outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_film_predicted_class"), ["predicted_class"], unique=False)
        batch_op.create_index(batch_op.f("ix_film_state"), ["state"], unique=False)

    op.create_table(
        "reader",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created", review.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
        sa.UniqueConstraint("subject"),
    )
    op.create_table(
        "assessment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("film_id", sa.String(length=26), nullable=False),
        sa.Column("created", review.base.Moment(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("overridden_by", sa.String(length=26), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("contours", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["film_id"],
            ["film.id"],
        ),
        sa.ForeignKeyConstraint(
            ["overridden_by"],
            ["reader.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assessment_film_id"), ["film_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("expires", review.base.Moment(timezone=True), nullable=False),
        sa.Column("used", review.base.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["reader_id"],
            ["reader.id"],
        ),
        sa.PrimaryKeyConstraint("token"),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "login",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created", review.base.Moment(timezone=True), nullable=False),
        sa.Column("seen", review.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"],
            ["reader.id"],
        ),
        sa.PrimaryKeyConstraint("token"),
    )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "sitting",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("film_id", sa.String(length=26), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("opened", review.base.Moment(timezone=True), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("assessment_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["film_id"],
            ["film.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"],
            ["reader.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sitting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sitting_film_id"), ["film_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sitting_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "opinion",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("film_id", sa.String(length=26), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("at", review.base.Moment(timezone=True), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("assessment_id", sa.String(length=32), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=32), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("refusal", sa.String(length=8), nullable=True),
        sa.Column("heat", sa.String(length=8), nullable=True),
        sa.Column("lungs", sa.String(length=8), nullable=True),
        sa.Column("shapes", sa.JSON(), nullable=False),
        sa.Column("sureness", sa.String(length=8), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("arbitration", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["film_id"],
            ["film.id"],
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"],
            ["reader.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"],
            ["sitting.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("key"),
    )
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opinion_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinion_reader_id"), ["reader_id"], unique=False)
        batch_op.create_index("opinion_by_film", ["film_id", "reader_id", "number"], unique=False)
    _guard()


def _guard() -> None:
    """What was said stays said: the database refuses to change or remove it."""
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'this table is only added to'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION only_added_to() RETURNS trigger AS "
        "$$ BEGIN RAISE EXCEPTION 'this table is only added to'; END $$ LANGUAGE plpgsql"
    )
    for table in APPEND_ONLY:
        op.execute(f"CREATE TRIGGER {table}_guard BEFORE UPDATE OR DELETE ON {table} EXECUTE FUNCTION only_added_to()")


def downgrade() -> None:
    with op.batch_alter_table("opinion", schema=None) as batch_op:
        batch_op.drop_index("opinion_by_film")
        batch_op.drop_index(batch_op.f("ix_opinion_reader_id"))
        batch_op.drop_index(batch_op.f("ix_opinion_at"))

    op.drop_table("opinion")
    with op.batch_alter_table("sitting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sitting_reader_id"))
        batch_op.drop_index(batch_op.f("ix_sitting_film_id"))

    op.drop_table("sitting")
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_reader_id"))

    op.drop_table("login")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_reader_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("assessment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assessment_film_id"))

    op.drop_table("assessment")
    op.drop_table("reader")
    with op.batch_alter_table("film", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_film_state"))
        batch_op.drop_index(batch_op.f("ix_film_predicted_class"))
        batch_op.drop_index(batch_op.f("ix_film_outcome"))
        batch_op.drop_index("film_by_urgency")
        batch_op.drop_index("film_by_patient")
        batch_op.drop_index("film_by_arrival")

    op.drop_table("film")
    op.drop_table("bookmark")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_reader_id"))
        batch_op.drop_index(batch_op.f("ix_audit_film_id"))
        batch_op.drop_index(batch_op.f("ix_audit_at"))

    op.drop_table("audit")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_login"))
        batch_op.drop_index(batch_op.f("ix_attempt_at"))
        batch_op.drop_index(batch_op.f("ix_attempt_address"))

    op.drop_table("attempt")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION only_added_to")
