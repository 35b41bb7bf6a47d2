"""What Alembic runs: the migrations, in the connection that it was given."""

from alembic import context

from review import tables  # noqa: F401 - with the next it knows all tables
from review.amendments import queue  # noqa: F401
from review.arrivals import merged  # noqa: F401
from review.base import Table
from review.reading import searches  # noqa: F401

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter a column in place
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
