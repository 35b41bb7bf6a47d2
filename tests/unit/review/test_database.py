"""The tables, the migrations, and what the database itself refuses."""

import json
import re
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from sqlalchemy import delete, text
from sqlalchemy.exc import ProgrammingError

from review import database
from review.audit import record
from review.base import Table
from review.tables import Bookmark, Film, place_of
from review.urgency import urgency
from tests.postgresql import new_database
from tests.unit.review.databases import recording
from tests.unit.review.site import Site


def test_migrations_make_exactly_the_tables_of_the_code(site):
    with site.session() as session:
        command.check(database.SCHEMA.configuration(session.connection()))


def test_a_database_that_is_up_to_date_is_left_as_it_is(site):
    with site.sessions.begin() as session:
        session.add(Bookmark(name="gateway", cursor="1-0"))
    engine = site.session().get_bind()

    database.upgrade(engine)

    with site.session() as session:
        assert session.get_one(Bookmark, "gateway").cursor == "1-0"


def test_films_from_before_are_as_urgent_as_they_are_abnormal_and_have_their_place(tmp_path):
    """As an installation of the version before has them."""
    engine = database.connect(f"sqlite:///{tmp_path / 'old.sqlite'}")
    classes = {"interstitial_pneumonia": 0.02, "other_pathology": 0.95, "no_pathology": 0.03}
    bodies = {"classes": classes, "findings": {"Pneumothorax": 0.9}}, {"classes": None}
    with engine.begin() as connection:
        command.upgrade(database.SCHEMA.configuration(connection), "0005")
        for number, body in enumerate(bodies):
            _insert(connection, "film", id=f"F{number}", digest=f"{number}", assessment_id=f"A{number}", rows=1)
            _insert(connection, "assessment", id=f"A{number}", film_id=f"F{number}", body=json.dumps(body))

    database.upgrade(engine)

    with database.sessions(engine)() as session:
        films = [session.get_one(Film, f"F{number}") for number in range(2)]
        assert [film.urgency for film in films] == [urgency(classes, {"Pneumothorax": 0.9}), 0.0] == [0.9, 0.0]
        assert [film.place for film in films] == [place_of(film.id) for film in films]
        assert not any(film.urgent or film.dismissed or film.file_name for film in films)
    engine.dispose()


def _insert(connection, table, **given):
    """A row with these values, and something in each other column that may not be null."""
    usual = {sqlalchemy.String: "", sqlalchemy.Integer: 0, sqlalchemy.Float: 0.02, sqlalchemy.Boolean: False}
    usual |= {sqlalchemy.JSON: "{}", sqlalchemy.DateTime: "2026-01-01 00:00:00"}
    told = sqlalchemy.inspect(connection).get_columns(table)
    row = {
        each["name"]: next(value for kind, value in usual.items() if isinstance(each["type"], kind))
        for each in told
        if not each["nullable"]
    }
    row |= given
    columns, values = ", ".join(f'"{name}"' for name in row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)  # noqa: S608


@pytest.mark.parametrize("statement", ["UPDATE opinion SET label = 'no_pathology'", "DELETE FROM opinion"])
def test_what_a_reader_said_can_be_neither_changed_nor_removed(site, statement):
    site.opinion(site.film(), site.reader("ada"), "other_pathology")
    site.keep()

    with site.session() as session, pytest.raises(sqlalchemy.exc.DBAPIError, match="only added to"):
        session.execute(text(statement))


@pytest.mark.parametrize("table", ["assessment", "audit"])
def test_what_models_said_and_what_people_did_stays_too(site, table):
    site.film()
    site.keep()
    with site.sessions.begin() as session:
        session.execute(text("INSERT INTO audit (at, action, detail) VALUES ('2026-01-01', 'log_in', '{}')"))

    with site.session() as session, pytest.raises(sqlalchemy.exc.DBAPIError, match="only added to"):
        session.execute(delete(Table.metadata.tables[table]))


OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_role_of_the_handbook_can_do_all_that_the_room_does_and_cannot_disarm_the_audit(postgresql, tmp_path):
    """With the handbook's own statements."""
    before, after = (text(each) for each in re.findall(r"```sql\n(.*?)```", OPERATIONS.read_text(), re.DOTALL))
    owner = database.connect(new_database(postgresql))
    with owner.begin() as connection:
        connection.execute(before)
    database.upgrade(owner)
    with owner.begin() as connection:
        connection.execute(after)
    room = database.connect(owner.url.set(username="reading_room").render_as_string(hide_password=False))
    database.upgrade(room)  # as each start does
    site = Site(recording(room, tmp_path))
    film = site.film()
    site.opinion(film, site.reader("ada"), "other_pathology")
    site.keep()
    with site.sessions.begin() as session:
        record(session, None, "film.view", film["id"])
        session.execute(text("UPDATE film SET state = 'read'"))

    for statement in (
        "DROP TRIGGER audit_guard ON audit",
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "TRUNCATE audit",
        "DELETE FROM audit",
        "UPDATE opinion SET comment = ''",
        "CREATE TABLE other (x int)",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        with site.session() as session, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            session.execute(text(statement))
    for engine in (room, owner):
        engine.dispose()
