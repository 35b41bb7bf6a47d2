"""The ledger, on SQLite and, where it is installed, on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from scp.films import Film
from scp.ledger import Ledger, Made

FILM = Film("f" * 32, "1.2.3", "1.2.840.10008.5.1.4.1.1.1", "1.2", "1.2.1")
REPORT = Made(FILM.id, "sr", "2.25.1", "1.2", "2.25.9")


@pytest.fixture(params=["sqlite", "postgresql"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    else:
        url = request.getfixturevalue("postgresql")
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    opened = Ledger(url)
    yield opened
    opened.close()


def test_a_film_is_what_last_happened_to_it(book):
    assert book.state(FILM.id) is None
    book.receive(FILM, "CR1")
    assert book.state(FILM.id) == "received"
    book.conclude(FILM.id, "failed", [], code="gateway-away")
    book.append(FILM.id, "resent")
    book.conclude(FILM.id, "assessed", [REPORT])
    book.append(FILM.id, "delivered", route="pacs", object="sr")

    assert book.state(FILM.id) == "assessed"
    assert book.counts() == {"received": 0, "assessed": 1, "refused": 0, "failed": 0}
    assert book.films() == [(FILM.id, "1.2.3", "assessed")]
    assert [kind for _, kind, _ in book.history(FILM.id)] == ["received", "failed", "resent", "assessed", "delivered"]


def test_a_film_received_twice_is_one_film(book):
    book.receive(FILM, "CR1")
    book.receive(FILM, "CR2")

    assert len(book.films()) == 1
    assert sum(book.counts().values()) == 1


def test_the_newest_report_of_a_film_is_found_by_the_films_own_uid(book):
    book.receive(FILM, "CR1")
    notice = Made(FILM.id, "notice", "2.25.0", "1.2", "2.25.9")
    book.conclude(FILM.id, "failed", [notice], code="gateway-away")
    assert book.last_report("1.2.3") == notice
    book.conclude(FILM.id, "assessed", [REPORT, Made(FILM.id, "lungs", "2.25.2", "1.2", "2.25.8")])

    assert book.last_report("1.2.3") == REPORT
    assert book.last_report("1.2.4") is None


def test_a_film_without_a_uid_has_no_report_of_another_such_films(book):
    nameless = Film("e" * 32)
    book.receive(nameless, "CR1")
    book.conclude(nameless.id, "assessed", [Made(nameless.id, "sr", "2.25.7", "1.2", "2.25.9")])

    assert book.last_report("") is None


def test_what_we_made_is_ours_and_may_be_made_again(book):
    book.receive(FILM, "CR1")
    book.conclude(FILM.id, "assessed", [REPORT])
    book.conclude(FILM.id, "assessed", [REPORT])

    assert book.is_ours("2.25.1")
    assert not book.is_ours("1.2.3")
    assert book.made() == [REPORT]


@pytest.mark.parametrize("table", ["instance", "event", "object"])
def test_nothing_in_it_can_be_changed_or_removed(book, table):
    book.receive(FILM, "CR1")
    book.conclude(FILM.id, "assessed", [REPORT])
    column = {"event": "kind", "object": "kind", "instance": "sender"}[table]

    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 'x'"):  # noqa: S608 - our own words
        with pytest.raises(sqlalchemy.exc.DBAPIError, match="only added to"), book._engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement))
