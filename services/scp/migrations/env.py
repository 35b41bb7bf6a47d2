"""What Alembic runs."""

from databases.schema import run
from scp.tables import metadata

run(metadata)
