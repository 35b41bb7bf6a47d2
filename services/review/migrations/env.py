"""What Alembic runs."""

from databases.schema import run
from review import tables  # noqa: F401 - with the next it knows all tables
from review.amendments import queue  # noqa: F401
from review.arrivals import merged  # noqa: F401
from review.base import Table
from review.reading import searches  # noqa: F401

run(Table.metadata)
