"""The tables, the migrations, and what the database itself refuses."""

import pytest
import sqlalchemy
from alembic import command
from sqlalchemy import delete, text

from review import database
from review.base import Table
from review.tables import Bookmark


def test_migrations_make_exactly_the_tables_of_the_code(site):
    with site.session() as session:
        command.check(database.configuration(session.connection()))


def test_a_database_that_is_up_to_date_is_left_as_it_is(site):
    with site.sessions.begin() as session:
        session.add(Bookmark(name="gateway", cursor="1-0"))
    engine = site.session().get_bind()

    database.upgrade(engine)

    with site.session() as session:
        assert session.get_one(Bookmark, "gateway").cursor == "1-0"


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
