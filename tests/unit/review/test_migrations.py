"""A reading room's tables from version to version, with what readers said in them."""

import contextlib
from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, text

from databases.schema import NewerSchemaError
from review import cli, database
from review.audit import record
from tests.postgresql import new_database
from tests.unit.review.databases import recording

ROWS = (
    "INSERT INTO reader (id, login, name, role, active, created) VALUES ('ADA', 'ada', 'Ada', 'reader', :yes, :at)",
    "INSERT INTO audit (at, action, detail) VALUES (:at, 'log_in', '{}')",
    "INSERT INTO bookmark (name, cursor) VALUES ('gateway', '1-0')",
    """INSERT INTO film (id, digest, sop_instance_uid, study_instance_uid, arrived, source, rows, columns, patient_id,
    patient_name, birth_date, sex, accession_number, study_date, study_time, modality, view_position, scanner, header,
    search, assessment_id, outcome, nearness, blind, state, urgency) VALUES ('F1', 'd', '1.2', '1.3', :at, 'feed',
    40, 30, 'P', '', '', '', '', '', '', 'DX', 'PA', '', '{}', '', 'a', 'assessed', 0, :no, 'read', 0)""",
    "INSERT INTO sitting (id, film_id, reader_id, opened, blind) VALUES ('S1', 'F1', 'ADA', :at, :no)",
    """INSERT INTO opinion (key, film_id, reader_id, sitting_id, at, blind, assessment_id, withdrawn, label, findings,
    shapes, comment, seconds, shown, arbitration) VALUES ('k', 'F1', 'ADA', 'S1', :at, :no, 'a', :no, 'other_pathology',
    '[]', '[]', 'a shadow', 3, '{}', :no)""",
)
TOLD = ("SELECT login FROM reader", "SELECT state FROM film", "SELECT label || ': ' || comment FROM opinion")


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request, tmp_path) -> Iterator[Engine]:
    """A database of the first version, in which a film was read."""
    on_sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{tmp_path / 'review.sqlite'}" if on_sqlite else new_database(request.getfixturevalue("postgresql"))
    )
    engine = database.connect(url)
    try:
        with engine.begin() as connection:
            command.upgrade(database.SCHEMA.configuration(connection), "0001")
            for row in ROWS:
                connection.execute(text(row), {"at": "2026-01-02 00:00:00.000000", "yes": True, "no": False})
        yield engine
    finally:
        engine.dispose()


def told(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return [connection.execute(text(each)).scalar() for each in TOLD]


def test_what_readers_said_in_the_first_version_is_there_in_this_one_and_in_the_first_again(first, tmp_path):
    before = told(first)

    database.upgrade(first)
    assert database.SCHEMA.revision(first) == database.SCHEMA.head
    assert told(first) == before == ["ada", "read", "other_pathology: a shadow"]
    with contextlib.closing(recording(first, tmp_path)()) as session, session.begin():
        record(session, None, "film.view")

    database.SCHEMA.go_back(first, "0001")
    assert told(first) == before
    with first.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 2
    database.upgrade(first)
    assert told(first) == before


def test_the_command_line_goes_back_to_the_tables_of_an_older_version(first, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REVIEW_DATABASE", first.url.render_as_string(hide_password=False))
    monkeypatch.setenv("REVIEW_FOLDER", str(tmp_path))

    assert cli.main(["migrate", "--to", "0004"]) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "the reading room's database: schema 0004"
    assert database.SCHEMA.revision(first) == "0004"


def test_a_database_of_a_newer_version_is_refused(first):
    database.upgrade(first)
    with first.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(NewerSchemaError, match="the reading room's database has the tables of schema 9999"):
        database.upgrade(first)
