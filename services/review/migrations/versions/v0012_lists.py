"""Lists are counted and ordered within one index, and those of all sources in the order of another.

A film is of one of five sources: an index of them led SQLite to sort half a table that film_by_arrival has in order.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LISTED = (
    *("state", "dismissed", "forgotten", "source", "arrived", "id"),
    *("outcome", "blind", "urgent", "urgency", "place"),
)


def upgrade() -> None:
    op.drop_index(op.f("ix_film_source"), table_name="film")
    op.drop_index(op.f("ix_film_state"), table_name="film")
    op.drop_index("film_by_urgency", table_name="film")
    op.create_index("film_listed", "film", LISTED)


def downgrade() -> None:
    op.drop_index("film_listed", table_name="film")
    op.create_index("film_by_urgency", "film", ["state", "urgency"])
    op.create_index(op.f("ix_film_state"), "film", ["state"])
    op.create_index(op.f("ix_film_source"), "film", ["source"])
