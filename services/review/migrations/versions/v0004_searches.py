"""What readers searched for, which addresses no longer hold."""

import sqlalchemy as sa
from alembic import op

import review.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search",
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("reader_id", sa.String(length=26), nullable=False),
        sa.Column("words", sa.String(length=100), nullable=False),
        sa.Column("at", review.base.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["reader.id"]),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_search_at"), "search", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_search_at"), table_name="search")
    op.drop_table("search")
