"""A reading room's database, on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from review import database
from tests.unit.review.databases import on_postgresql, on_sqlite
from tests.unit.review.site import Site


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """An empty one."""
    on_one = request.param == "sqlite"
    engine = on_sqlite(tmp_path) if on_one else on_postgresql(request.getfixturevalue("postgresql"))
    yield Site(database.sessions(engine))
    engine.dispose()
