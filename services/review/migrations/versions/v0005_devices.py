"""Browsers in which readers have logged in before."""

import sqlalchemy as sa
from alembic import op

import review.base

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("seen", review.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"]),
        sa.PrimaryKeyConstraint("token", "reader_id"),
    )


def downgrade() -> None:
    op.drop_table("device")
