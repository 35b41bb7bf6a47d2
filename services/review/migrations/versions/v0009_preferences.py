"""How each reader likes to read: light or dark, and whether the next film opens by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No batch: tables that refer to this one stay as they are.
    op.add_column("reader", sa.Column("theme", sa.String(length=8), nullable=False, server_default="dark"))
    op.add_column("reader", sa.Column("auto_advance", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for column in ("auto_advance", "theme"):
        op.drop_column("reader", column)
