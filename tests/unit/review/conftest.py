"""A reading room's database, on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from review import database
from tests.postgresql import new_database
from tests.unit.review.site import Site


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """An empty one."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'review.sqlite'}"
    else:
        url = new_database(request.getfixturevalue("postgresql"))
    engine = database.connect(url)
    database.upgrade(engine)
    yield Site(database.sessions(engine))
    engine.dispose()
