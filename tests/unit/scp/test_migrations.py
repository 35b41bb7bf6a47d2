"""The ledger's tables from version to version, with rows in them, on SQLite and PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from sqlalchemy import Engine, text

from databases.connection import connect
from databases.schema import NewerSchemaError
from scp.cli import main
from scp.database import SCHEMA
from scp.ledger import Ledger
from tests.postgresql import new_database

FIRST = Path(__file__).with_name("ledger_of_the_first_version.sql")
FILMS = [("a" * 32, "1.2.1", "assessed"), ("b" * 32, "1.2.2", "failed"), ("c" * 32, "1.2.3", "received")]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    on_sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{tmp_path / 'ledger.sqlite'}" if on_sqlite else new_database(request.getfixturevalue("postgresql"))
    )
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def first(empty: Engine) -> Engine:
    """A ledger with films that no migration made."""
    if empty.dialect.name == "sqlite":
        with sqlite3.connect(empty.url.database) as connection:
            connection.executescript(FIRST.read_text())
        connection.close()
        return empty
    with empty.begin() as connection:
        command.upgrade(SCHEMA.configuration(connection), "0001")
        rows = [line for line in FIRST.read_text().splitlines() if line.startswith("INSERT")]
        connection.exec_driver_sql(";".join(rows))
        connection.exec_driver_sql("SELECT setval('event_number_seq', (SELECT max(number) FROM event))")
        connection.exec_driver_sql("DROP TABLE ledger_version")
    return empty


def url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_migrations_make_exactly_the_tables_of_the_code(empty):
    SCHEMA.upgrade(empty)

    with empty.connect() as connection:
        command.check(SCHEMA.configuration(connection))


def test_the_first_migration_makes_what_the_first_version_made(tmp_path):
    def made(engine: Engine) -> set[tuple[str, str]]:
        with engine.connect() as connection:
            told = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            return {(name, " ".join(sql.split()).replace("IF NOT EXISTS ", "")) for name, sql in told}

    with sqlite3.connect(tmp_path / "first.sqlite") as connection:
        connection.executescript(FIRST.read_text())
    connection.close()
    old, new = (connect(f"sqlite:///{tmp_path / name}.sqlite") for name in ("first", "migrated"))
    with new.begin() as connection:
        command.upgrade(SCHEMA.configuration(connection), "0001")

    assert made(new) - made(old) == {each for each in made(new) if each[0] == SCHEMA.version_table}
    assert made(old) <= made(new)
    for engine in (old, new):
        engine.dispose()


def test_a_ledger_from_before_migrations_is_recognised_and_keeps_its_rows(first):
    assert SCHEMA.revision(first) == "0001"

    book = Ledger(url(first))

    assert book.films() == FILMS
    assert [kind for _, kind, _ in book.history("a" * 32)] == ["received", "assessed", "delivered"]
    assert book.is_ours("2.25.1")
    book.append("c" * 32, "assessed")
    assert book.state("c" * 32) == "assessed"
    book.close()
    with first.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM ledger_version")) == SCHEMA.head


def test_a_ledger_goes_back_to_the_first_tables_and_forth_with_its_rows(first):
    Ledger(url(first)).close()

    SCHEMA.go_back(first, "0001")
    with first.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM event")) == 6
    SCHEMA.upgrade(first)

    book = Ledger(url(first))
    assert book.films() == FILMS
    book.close()
    with first.begin() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="only added to"):
        connection.execute(text("DELETE FROM event"))


def test_the_command_line_goes_to_a_schema_that_there_is_and_says_which(first, monkeypatch, capsys):
    monkeypatch.setenv("CXR_SCP_LEDGER", url(first))

    assert main(["migrate"]) == 0
    assert capsys.readouterr().out == f"the ledger: schema {SCHEMA.head}\n"
    assert main(["migrate", "--to", "0001"]) == 0
    assert capsys.readouterr().out == "the ledger: schema 0001\n"
    assert main(["migrate", "--to", "77"]) == 1
    assert "the ledger has no schema 77: there are 0001" in capsys.readouterr().err


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(first, monkeypatch, capsys):
    Ledger(url(first)).close()
    with first.begin() as connection:
        connection.execute(text("UPDATE ledger_version SET version_num = '9999'"))

    with pytest.raises(NewerSchemaError, match="the ledger has the tables of schema 9999"):
        Ledger(url(first))
    monkeypatch.setenv("CXR_SCP_LEDGER", url(first))
    assert main(["migrate"]) == 1

    assert "a newer version wrote it" in capsys.readouterr().err
    assert SCHEMA.revision(first) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(empty, monkeypatch):
    with empty.begin() as connection:
        connection.execute(text("CREATE TABLE object (other INTEGER)"))  # the last table that would be made

    with pytest.raises(sqlalchemy.exc.DBAPIError, match="object"):
        SCHEMA.upgrade(empty)

    assert sqlalchemy.inspect(empty).get_table_names() == ["object"]
