"""The audit is a chain from here on; rows from before are bound to it by its first row."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No batch: on SQLite that would make the table anew, without the triggers that guard it.
    op.add_column("audit", sa.Column("seal", sa.String(length=64), nullable=True))
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute("INSERT INTO audit_head (id, number, seal) SELECT 1, COALESCE(MAX(number), 0), '' FROM audit")


def downgrade() -> None:
    op.drop_table("audit_head")
    op.drop_column("audit", "seal")
