"""Databases in PostgreSQL, by its own programs."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy

from local.backup import databases
from local.errors import BackupError
from tests.postgresql import new_database
from tests.unit.deploy.backup.sites import LATER, Hospital, small

needs_programs = pytest.mark.skipif(
    not (databases.dump_is_possible() and databases.load_is_possible()), reason="pg_dump and psql are not on PATH"
)


@pytest.fixture
def urls(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Of the databases of a hospital on a server; opinions and ledger are in them."""
    chosen = {"REVIEW_DATABASE": new_database(postgresql), "CXR_SCP_LEDGER": new_database(postgresql)}
    for name, url in chosen.items():
        monkeypatch.setenv(name, url)
    return chosen


@pytest.fixture
def served(urls: dict[str, str], tmp_path: Path) -> Hospital:
    return small(tmp_path / "served")


def asked(url: str, statement: str) -> object:
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sqlalchemy.text(statement))
        return result.scalar() if result.returns_rows else None


@needs_programs
def test_databases_on_a_server_come_back_as_they_were(served, urls, tmp_path):
    before, backup = served.films(), served.back_up(tmp_path / "backup.tar")
    served.arrive(LATER)
    asked(urls["REVIEW_DATABASE"], "CREATE TABLE newer (x int)")
    shutil.rmtree(served.places.films)

    served.restore(backup)

    assert served.films() == before
    assert asked(urls["REVIEW_DATABASE"], "SELECT count(*) FROM opinion") == 2
    assert asked(urls["REVIEW_DATABASE"], "SELECT count(*) FROM pg_tables WHERE tablename = 'newer'") == 0
    assert "audit: whole: rows 1 to 2" in served.told
    (kept,) = served.places.run.glob("films.sql.before-*")
    assert LATER.id in kept.read_text()
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="only added to"):
        asked(urls["CXR_SCP_LEDGER"], "DELETE FROM event")


@needs_programs
def test_a_dump_that_fails_half_way_changes_nothing(served, urls, tmp_path):
    script = tmp_path / "dump.sql"
    script.write_text("CREATE TABLE half (x int);\nSELECT no_such_thing;\n")

    with pytest.raises(BackupError, match="psql of CXR_SCP_LEDGER failed"):
        databases.load(served.site.databases["films"], script)

    assert asked(urls["CXR_SCP_LEDGER"], "SELECT count(*) FROM instance") == 3


def test_without_pg_dump_the_backup_says_what_is_not_in_it(served, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    served.back_up(tmp_path / "backup.tar")

    told = "\n".join(served.told)
    assert "the ledger is NOT in the backup: it is in PostgreSQL (CXR_SCP_LEDGER), and pg_dump is not on PATH" in told
    assert "the reading room's database is NOT in the backup" in told
    served.restore(tmp_path / "backup.tar")
    assert "what CXR_SCP_LEDGER names stays as it is" in "\n".join(served.told)


def test_a_backup_of_files_does_not_go_into_a_server(hospital, backup, urls):
    with pytest.raises(BackupError, match=r"was in sqlite when it was backed up, and REVIEW_DATABASE says postgresql"):
        hospital.restore(backup)
