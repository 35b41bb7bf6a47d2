"""Second factors and recovery codes; which session at the identity provider a session of ours is."""

import sqlalchemy as sa
from alembic import op

import review.base

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("since", review.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"]),
        sa.PrimaryKeyConstraint("reader_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("used", review.base.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"]),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_recovery_code_reader_id"), "recovery_code", ["reader_id"], unique=False)
    op.create_table(
        "log_out_token",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("expires", review.base.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.add_column("login", sa.Column("provider_session", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_login_provider_session"), "login", ["provider_session"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_login_provider_session"), table_name="login")
    op.drop_column("login", "provider_session")
    op.drop_table("log_out_token")
    op.drop_index(op.f("ix_recovery_code_reader_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
