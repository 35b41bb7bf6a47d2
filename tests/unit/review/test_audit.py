"""The audit: who did what, found again."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from review.audit import record
from review.people import Audit, Person
from tests.unit.review.room import Room, on_sqlite

FILM, OTHER = "01JFILM000000000000000000A", "01JFILM000000000000000000B"


@pytest.fixture
def room(tmp_path):
    with on_sqlite(tmp_path) as room:
        yield room


def rows(answer):
    """Of the CSV file."""
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_what_was_done_is_found_by_reader_action_film_and_day(site):
    with Room(site.sessions) as room:
        admin = room.entered("root", "admin")
        ada, bob = room.reader("ada"), room.reader("bob")
        with room.sessions.begin() as session:
            record(session, Person(ada, "ada", "Dr Ada", "reader", "", "10.1.1.7"), "film.view", FILM, blind=True)
            record(session, Person(bob, "bob", "Dr Bob", "reader", ""), "film.view", OTHER)
            record(session, room.found("ada"), "opinion.give", FILM, opinion=7)
            record(session, None, "log_in.failed")
            old = datetime.now(UTC) - timedelta(days=40)
            session.add(Audit(number=1000, at=old, reader_id=bob, action="film.view", film_id=FILM, detail={}))
        days = {"since": (old - timedelta(days=1)).date(), "until": (old + timedelta(days=1)).date()}
        for query, wanted in (
            ({"reader": ada}, ["opinion.give", "film.view"]),
            ({"reader": bob, "film": OTHER}, ["film.view"]),
            ({"action": "film.view"}, ["film.view"] * 3),
            ({"film": FILM}, ["film.view", "opinion.give", "film.view"]),
            ({"action": "log_in.failed"}, ["log_in.failed"]),
            (days, ["film.view"]),
            ({"since": datetime.now(UTC).date() + timedelta(days=2)}, []),
            (
                {"reader": "", "action": "", "since": "", "until": "", "film": FILM},
                ["film.view"] * 2 + ["opinion.give"],
            ),
        ):
            found = [row["action"] for row in rows(admin.get("/audit.csv", params=query))]
            assert sorted(found) == sorted(wanted), query
            page = admin.get("/audit", params=query)
            assert page.status_code == 200 and f"{len(wanted)} row" in page.text


def test_a_row_says_who_when_from_where_and_what(room):
    admin = room.entered("root", "admin", address="192.0.2.7")
    with room.sessions.begin() as session:
        record(session, Person("x", "ada", "Dr Ada", "reader", "", "10.1.1.7"), "film.view", FILM, blind=True)
    view, log_in = rows(admin.get("/audit.csv"))[1:]
    assert (log_in["login"], log_in["reader"], log_in["film"]) == ("root", "Dr Root", "")
    assert log_in["detail"] == '{"address": "192.0.2.7", "way": "password"}'
    assert (view["film"], view["detail"]) == (FILM, '{"address": "10.1.1.7", "blind": true}')
    assert datetime.now(UTC) - datetime.fromisoformat(view["at"]) < timedelta(minutes=1)
    assert "10.1.1.7" in admin.get("/audit").text


def test_the_rows_come_in_pages_the_newest_first(room):
    admin = room.entered("root", "admin")
    start = datetime.now(UTC) + timedelta(days=1)
    with room.sessions.begin() as session:
        made = [{"at": start, "action": "film.view", "film_id": f"F{each:03d}", "detail": {}} for each in range(250)]
        session.execute(insert(Audit), made)
    query = {"action": "film.view"}
    first, last = (admin.get("/audit", params=query | {"page": page}).text for page in (1, 3))
    assert "Page 1 of 3" in first and first.index(">F249<") < first.index(">F150<") and ">F149<" not in first
    assert 'rel="next"' in first and 'rel="prev"' not in first
    assert "Page 3 of 3" in last and ">F000<" in last and ">F050<" not in last and 'rel="next"' not in last
    assert "Page 3 of 3" in admin.get("/audit", params=query | {"page": 99}).text
    assert len(rows(admin.get("/audit.csv", params=query | {"page": 2}))) == 250


def test_the_file_has_no_formulas_and_is_itself_recorded(room):
    admin = room.entered("root", "admin")
    room.reader("eve", name='=HYPERLINK("https://evil.example")')
    with room.sessions.begin() as session:
        record(session, room.found("eve"), "film.view", FILM)
    answer = admin.get("/audit.csv", params={"action": "film.view"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert 'filename="audit.csv"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert rows(answer)[0]["reader"].startswith("'=HYPERLINK")
    assert room.audited("audit.export")[0].detail == {"address": "10.1.1.1", "query": "action=film.view"}


@pytest.mark.parametrize("query", ["since=yesterday", "page=0", "page=x", "reader=" + "x" * 27])
def test_a_query_that_makes_no_sense_is_refused(room, query):
    assert room.entered("root", "admin").get(f"/audit?{query}").status_code == 422


def test_what_fails_is_not_recorded_as_done(room):
    def fail():
        with room.sessions.begin() as session:
            record(session, None, "film.view", FILM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert room.audited() == []
