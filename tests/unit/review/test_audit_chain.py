"""The audit's chain: whoever changes, removes or adds a row without the key is found, and nobody forks it."""

import multiprocessing
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from sqlalchemy import delete, insert, select, text, update

from auditing.chain import Chain
from auditing.keys import KeyLostError
from auditing.mark import Mark, Place
from auditing.verify import BrokenError
from review import cli, database
from review.audit import record, record_first
from review.chain.opened import open_chain
from review.chain.seal import CHAIN
from review.chain.verify import verify
from review.people import Audit, AuditHead
from review.settings import Settings

GUARDS = {
    "sqlite": "DROP TRIGGER audit_update; DROP TRIGGER audit_delete",
    "postgresql": "DROP TRIGGER audit_guard ON audit",
}


def write(sessions, count, action="film.view"):
    for number in range(count):
        with sessions.begin() as session:
            record(session, None, action, detail_of=number)


def look(sessions, begin=None):
    with sessions() as session:
        return verify(session, session.info[CHAIN], begin)


def tamper(site, statement):
    """As somebody who owns the database does, and has not the key."""
    with site.sessions.begin() as session:
        for each in GUARDS[session.get_bind().dialect.name].split(";"):
            session.execute(text(each))
        session.execute(statement)


def test_an_audit_that_nobody_touched_is_whole(site):
    write(site.sessions, 5)

    found = look(site.sessions)

    assert (found.first, found.last, found.older, found.marked) == (1, 5, 0, True)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (update(Audit).where(Audit.number == 3).values(action="log_out"), "row 3 was changed"),
        (update(Audit).where(Audit.number == 3).values(detail={"detail_of": 9}), "row 3 was changed"),
        (update(Audit).where(Audit.number == 3).values(reader_id="x"), "row 3 was changed"),
        (update(Audit).where(Audit.number == 3).values(at=datetime(2026, 1, 1, tzinfo=UTC)), "row 3 was changed"),
        (update(Audit).where(Audit.number == 3).values(seal="0" * 64), "row 3 was changed"),
        (delete(Audit).where(Audit.number == 3), "row 3 was removed"),
        (delete(Audit).where(Audit.number.in_([2, 3])), "row 2 was removed, and all to row 3"),
        (delete(Audit).where(Audit.number == 1), "row 2 was changed or replaced"),
        (delete(Audit).where(Audit.number > 3), "row 4 was removed, and all to row 5, at the end"),
        (delete(Audit), "every row of the chain was removed"),
        (
            insert(Audit).values(number=6, at=datetime(2026, 1, 1, tzinfo=UTC), action="film.view", detail={}),
            "row 6 was added",
        ),
        (
            insert(Audit).values(
                number=6, at=datetime(2026, 1, 1, tzinfo=UTC), action="film.view", detail={}, seal="0" * 64
            ),
            "row 6 was changed or replaced",
        ),
        (delete(AuditHead), "the head of the audit was removed"),
    ],
)
def test_the_first_row_that_was_changed_removed_or_added_is_named(site, statement, told):
    write(site.sessions, 5)
    tamper(site, statement)

    with pytest.raises(BrokenError, match=told):
        look(site.sessions)


def cut(site, number):
    """Remove all after a row, and what the database itself knows of them."""
    tamper(site, delete(Audit).where(Audit.number > number))
    with site.sessions.begin() as session:
        seal = session.scalar(select(Audit.seal).where(Audit.number == number))
        session.execute(update(AuditHead).values(number=number, seal=seal or ""))


@pytest.mark.parametrize("left", [3, 0])
def test_rows_cut_off_at_the_end_are_missed_also_after_others_were_written(site, left):
    write(site.sessions, 5)
    cut(site, left)
    with pytest.raises(BrokenError):
        look(site.sessions)

    with structlog.testing.capture_logs() as told:
        write(site.sessions, 10)

    assert {each["event"] for each in told} == {"audit does not continue"}
    with pytest.raises(BrokenError, match="row 5 is not the one that was marked"):
        look(site.sessions)


def test_without_the_mark_it_is_said_that_the_end_is_not_known(site):
    write(site.sessions, 2)
    with site.sessions() as session:
        session.info[CHAIN].mark.path.unlink()

    assert "rows may be missing" in str(look(site.sessions))


def test_rows_from_before_the_chain_are_bound_to_it(site):
    old = {"at": datetime(2026, 1, 1, tzinfo=UTC), "action": "film.view", "detail": {}}
    with site.sessions.begin() as session:
        session.execute(insert(Audit), [old, old])
        session.execute(update(AuditHead).values(number=2))  # as the migration does
    assert str(look(site.sessions)) == "no chain yet; 2 rows from before it, which nothing seals"
    write(site.sessions, 2)
    assert (
        str(look(site.sessions)) == "whole: rows 3 to 4, after 2 rows from before the chain, unchanged since it began"
    )

    tamper(site, update(Audit).where(Audit.number == 1).values(action="log_out"))

    with pytest.raises(BrokenError, match="row 3 was changed or replaced, or one from before the chain was"):
        look(site.sessions)


def test_another_key_verifies_nothing_and_a_lost_one_leaves_what_came_after(site):
    write(site.sessions, 3)
    with site.sessions() as session:
        old = session.info[CHAIN]
    other = Chain(b"another key", old.mark)
    sessions = database.sessions(site.session().get_bind(), other)
    with pytest.raises(BrokenError, match=r"row 1 was changed or replaced, .*; or this is not the audit's key"):
        look(sessions)

    write(sessions, 2)

    found = look(sessions, 4)
    assert (found.first, found.last) == (4, 5)


def test_what_cannot_be_undone_is_recorded_before_it_is_done_and_not_twice(site):
    with site.sessions.begin() as session:
        record_first(session, None, "lesson.teach")
        assert session.scalars(select(Audit.action)).all() == ["lesson.teach"]
        record(session, None, "film.view")

    assert look(site.sessions).last == 2


def test_what_is_rolled_back_leaves_no_gap(site):
    write(site.sessions, 1)
    with site.sessions() as session:
        record_first(session, None, "lesson.teach")
        session.rollback()
    write(site.sessions, 1)

    assert look(site.sessions).last == 2


def test_a_session_without_the_key_cannot_record(site):
    with database.sessions(site.session().get_bind())() as session, pytest.raises(LookupError):
        record(session, None, "film.view")


def test_threads_do_not_fork_the_chain(site):
    threads = [threading.Thread(target=write, args=(site.sessions, 10)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert look(site.sessions).last == 80


def test_processes_do_not_fork_the_chain(site):
    with site.sessions() as session:
        url, chain = session.get_bind().url.render_as_string(hide_password=False), session.info[CHAIN]
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write_beside, args=(url, chain)) for _ in range(2)]
    for process in processes:
        process.start()
    write(site.sessions, 20)
    for process in processes:
        process.join(60)
        assert process.exitcode == 0

    assert look(site.sessions).last == 60
    assert chain.mark.read().number == 60


def _write_beside(url, chain):
    engine = database.connect(url)
    write(database.sessions(engine, chain), 20)
    engine.dispose()


def test_the_mark_never_goes_back_and_a_damaged_one_stays(tmp_path):
    mark = Mark(tmp_path / "audit.mark")
    for number in (1, 3, 2):
        mark.advance(Place(number, f"{number}" * 64))
    assert mark.read() == Place(3, "3" * 64)
    assert mark.path.stat().st_mode & 0o777 == 0o600

    mark.path.write_text("damaged")
    mark.advance(Place(4, "4" * 64))
    with pytest.raises(ValueError, match="mark"):
        mark.read()


def test_the_key_is_made_once_for_our_user_alone_and_its_place_is_told(tmp_path):
    settings, engine = empty(tmp_path)

    with structlog.testing.capture_logs() as told:
        first = open_chain(settings, engine)

    path = tmp_path / "audit.key"
    assert path.stat().st_mode & 0o777 == 0o600 and bytes.fromhex(path.read_text()) == first.key
    assert told == [{"event": "audit key made", "log_level": "info", "path": str(path)}]
    assert open_chain(settings, engine).key == first.key


def test_a_key_that_is_lost_is_not_replaced_by_a_new_one(tmp_path):
    settings, engine = empty(tmp_path)
    write(database.sessions(engine, open_chain(settings, engine)), 1)
    (tmp_path / "audit.key").unlink()

    with pytest.raises(KeyLostError, match="put the audit's key back"):
        open_chain(settings, engine)


def test_a_key_elsewhere_has_to_be_there_and_to_be_one(tmp_path):
    elsewhere = tmp_path / "secrets" / "key"
    settings, engine = empty(tmp_path, audit_key=elsewhere)
    with pytest.raises(KeyLostError, match="REVIEW_AUDIT_KEY"):
        open_chain(settings, engine)
    elsewhere.parent.mkdir()
    elsewhere.write_text("short")
    with pytest.raises(KeyLostError, match="not a key"):
        open_chain(settings, engine)
    elsewhere.write_text("ab" * 32)
    assert open_chain(settings, engine).key == b"\xab" * 32


def empty(folder: Path, **chosen):
    settings = Settings(folder=folder, **chosen)
    engine = database.connect(settings.database_url)
    database.upgrade(engine)
    return settings, engine


def test_the_command_line_says_whether_the_audit_is_whole(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REVIEW_FOLDER", str(tmp_path))
    assert cli.main(["admin", "root"]) == 0
    assert cli.main(["audit", "verify"]) == 0
    assert capsys.readouterr().out.endswith("audit: whole: rows 1 to 1\n")
    engine = database.connect(Settings().database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_update")
        connection.exec_driver_sql("UPDATE audit SET detail = '{}'")

    assert cli.main(["audit", "verify"]) == 1
    assert "row 1 was changed" in capsys.readouterr().err
