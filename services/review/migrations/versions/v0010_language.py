"""The language of each reader's pages; none: as their browser asks."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No batch: tables that refer to this one stay as they are.
    op.add_column("reader", sa.Column("language", sa.String(length=8), nullable=True))


def downgrade() -> None:
    op.drop_column("reader", "language")
