"""One file with all of it, while everything runs."""

import os
import re
import sqlite3
import stat
import tarfile
import threading
from pathlib import Path

import pytest

from local.backup import listener, making
from local.backup.archive import Archive
from local.backup.making import back_up
from local.errors import BackupError, NoRoomError
from tests.unit.deploy.backup.sites import LATER, WAITING, Hospital, manifest


def names(file: Path) -> list[str]:
    with tarfile.open(file) as archive:
        return archive.getnames()


def test_a_backup_is_one_file_for_its_owner_alone_with_a_list_of_what_is_in_it(hospital, backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    told, held = manifest(backup), names(backup)
    assert held[-1] == "manifest.json"
    assert set(told.files) == set(held[:-1])
    assert told.databases["films"].schema_revision == hospital.site.databases["films"].schema.head
    assert told.counts == {
        **{"films": 2, "opinions": 2, "audit rows": 2},
        **{"films in the ledger": 3, "waiting or dead": 2, "results to deliver": 1},
    }
    assert [path.name for path in backup.parent.iterdir() if path.name.startswith(".")] == []
    assert [path.name for path in hospital.places.review.iterdir() if path.name.startswith(".")] == []


def test_it_is_told_how_many_files_are_in_it(hospital, tmp_path):
    said = []
    made = back_up(hospital.site, tmp_path / "told.tar", None, lambda *words: said.append(words))

    what, told = said[-1]
    assert what == "backup"
    assert f"{made}: {made.stat().st_size:,} bytes, {len(names(made))} files" in told


def test_what_cannot_be_made_again_is_in_it_and_keys_that_sign_are_not(backup):
    held = names(backup)

    wanted = {f"films/waiting/{WAITING.id}.dcm", "readings/audit.key", "readings/audit.mark", "settings/token"}
    assert wanted | {"settings/trusted/ours.pub", "settings/lessons/signing.pub"} <= set(held)
    assert [name for name in held if name.endswith("signing.key") or "/incoming/" in name or "/index/" in name] == []


def test_a_folder_gets_a_file_named_by_the_time_and_the_lines_say_what_is_in_it(hospital, tmp_path):
    made = hospital.back_up(tmp_path)

    assert re.fullmatch(r"cxr-\d{8}T\d{6}Z\.tar", made.name)
    assert hospital.told[0] == "reading room: 2 films, 2 opinions, 2 audit rows"
    assert hospital.told[1] == "listener: 3 films in the ledger, 2 waiting or dead, 1 results to deliver"
    assert f"{made}: {made.stat().st_size:,} bytes" in hospital.told[-1]


def test_a_file_that_is_there_is_not_overwritten(hospital, tmp_path):
    there = tmp_path / "there.tar"
    there.write_text("something else")

    with pytest.raises(BackupError, match="is there already"):
        hospital.back_up(there)

    assert there.read_text() == "something else"


def test_a_backup_is_not_written_into_what_it_holds(hospital):
    with pytest.raises(BackupError, match="would be a part of what is backed up"):
        hospital.back_up(hospital.places.review / "backup.tar")


def test_too_little_room_is_told_before_anything_is_written(hospital, tmp_path):
    with (hospital.places.review / "pictures" / "large.png").open("wb") as file:
        os.truncate(file.fileno(), 10**13)  # a hole, which takes no room itself

    with pytest.raises(NoRoomError, match="Nothing was written"):
        hospital.back_up(tmp_path / "backup.tar")

    assert not (tmp_path / "backup.tar").exists()


def test_a_damaged_database_is_told_and_nothing_is_left_of_the_backup(hospital, tmp_path):
    path = hospital.places.films / "ledger.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 : len(data)] = os.urandom(len(data) - 4096)
    path.write_bytes(data)

    with pytest.raises(BackupError, match=r"the ledger .* (is damaged|cannot be copied)"):
        hospital.back_up(tmp_path / "backup.tar")

    assert [path.name for path in tmp_path.iterdir()] == ["hospital"]
    assert [path.name for path in hospital.places.review.iterdir() if path.name.startswith(".")] == []


def test_nothing_to_back_up_is_told(tmp_path):
    with pytest.raises(BackupError, match="There is nothing to back up"):
        Hospital(tmp_path / "empty").back_up(tmp_path / "backup.tar")


def test_a_listener_alone_is_backed_up_and_what_is_missing_is_said(tmp_path):
    alone = Hospital(tmp_path / "alone")
    alone.places.run.mkdir(parents=True)
    alone.arrive(WAITING)

    made = alone.back_up(tmp_path / "backup.tar")

    assert f"There is no {alone.places.review}" in manifest(made).left_out[0]
    assert f"films/waiting/{WAITING.id}.dcm" in names(made)


def test_two_backups_at_once_are_refused(hospital, tmp_path):
    from local.backup.workplace import workplace

    with workplace(hospital.places.review), pytest.raises(BackupError, match="is under way"):
        hospital.back_up(tmp_path / "backup.tar")


def test_what_a_killed_backup_left_is_removed_by_the_next(hospital, tmp_path):
    left = hospital.places.review / ".backup-killed"
    left.mkdir()
    (left / "readings").write_text("a copy of a database")

    hospital.back_up(tmp_path / "backup.tar")

    assert not left.exists()


class Meddled:
    """The ledger's copy, after which something happens at the listener: once for each step."""

    def __init__(self, hospital: Hospital, *steps) -> None:
        self._copied, self._steps = hospital.site.databases["films"], list(steps)
        self.copies = 0

    def __call__(self):
        import contextlib

        @contextlib.contextmanager
        def copied():
            from local.backup.databases import copied as copy

            self.copies += 1
            with copy(self._copied, self._copied.path.with_name("copy")) as connection:
                if self._steps:
                    self._steps.pop(0)()
                yield connection

        return copied()


@pytest.fixture
def archive(tmp_path):
    with (tmp_path / "partly.tar").open("wb") as file:
        yield Archive(file)


@pytest.mark.parametrize("keep", [True, False])
def test_a_film_that_ends_between_the_copies_of_ledger_and_files_is_in_the_backup_as_one_that_ended(
    hospital, archive, keep
):
    """Its file left waiting/ after the ledger, in which it was still received, had been copied."""
    meddled = Meddled(hospital, lambda: hospital.conclude(WAITING, keep))

    listener.add_films(archive, hospital.places.films, meddled)
    listener.add_results(archive, hospital.places.films, hospital.site.databases["films"])

    assert meddled.copies == 2
    with sqlite3.connect(hospital.places.films / "copy") as ledger:
        states = dict(ledger.execute("SELECT instance, kind FROM event ORDER BY number").fetchall())
    assert states[WAITING.id] == "assessed"
    assert f"films/queue/pacs/{WAITING.id}.sr" in archive.files
    assert f"films/objects/{WAITING.id}/sr" in archive.files


def test_a_film_that_arrives_and_ends_meanwhile_leaves_no_state_without_a_file(hospital, archive):
    meddled = Meddled(hospital, lambda: hospital.arrive(LATER), lambda: hospital.conclude(LATER, keep=False))

    listener.add_films(archive, hospital.places.films, meddled)

    with sqlite3.connect(hospital.places.films / "copy") as ledger:
        states = dict(ledger.execute("SELECT instance, kind FROM event ORDER BY number").fetchall())
    waiting = {name for name in archive.files if "/waiting/" in name}
    assert states.get(LATER.id) in (None, "assessed") or f"films/waiting/{LATER.id}.dcm" in waiting


def test_films_whose_files_were_lost_before_do_not_hold_up_a_backup(hospital, archive):
    hospital.spool.path(WAITING.id).unlink()
    meddled = Meddled(hospital)

    listener.add_films(archive, hospital.places.films, meddled)

    assert meddled.copies == 2


def test_no_film_is_lost_while_films_come_and_end_all_the_time(hospital, tmp_path):
    """Each that was there before is in the backup as a file that waits or is dead, or has ended in its ledger."""
    from scp.films import Film

    films = [Film(f"{number:032x}", f"1.3.{number}", "1.2.3", "1.2", "1.2.1") for number in range(20)]
    for film in films[:10]:
        hospital.arrive(film)
    begun, stop = threading.Event(), threading.Event()

    def work() -> None:
        for old, new in zip(films[:10], films[10:], strict=True):
            hospital.conclude(old, keep=False)
            hospital.arrive(new)
            begun.set()
        stop.set()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60)
    made = [hospital.back_up(tmp_path / f"{number}.tar") for number in range(3)]
    thread.join()

    for file in made:
        held = names(file)
        (tmp_path / "ledger").unlink(missing_ok=True)
        with tarfile.open(file) as archive:
            (tmp_path / "ledger").write_bytes(archive.extractfile("databases/films.sqlite").read())
        with sqlite3.connect(tmp_path / "ledger") as ledger:
            states = dict(ledger.execute("SELECT instance, kind FROM event ORDER BY number").fetchall())
        ended = {film for film, state in states.items() if state == "assessed"}
        waits = {
            name.split("/")[2].partition(".")[0] for name in held if name.startswith(("films/waiting", "films/dead"))
        }
        assert {film.id for film in films[:10]} <= ended | waits
        assert set(states) <= ended | waits
    assert stop.is_set()


def test_what_goes_away_while_the_room_for_a_backup_is_counted_needs_none(hospital, tmp_path, monkeypatch):
    """A film ends, or SQLite closes its log, after it was listed."""
    hospital.arrive(WAITING)
    listed = making.files_below
    gone = tmp_path / "gone"
    monkeypatch.setattr(making, "files_below", lambda folder: [*listed(folder), gone])

    assert WAITING.id in "".join(names(hospital.back_up(tmp_path / "made.tar")))


def test_the_mark_in_a_backup_is_never_ahead_of_its_rows(hospital, tmp_path):
    """While the audit is written."""
    from review import database
    from review.audit import record
    from review.chain.opened import open_chain

    settings = hospital.site.room
    engine = database.connect(settings.database_url)
    sessions, stop = database.sessions(engine, open_chain(settings, engine)), threading.Event()

    def write() -> None:
        while not stop.is_set():
            with sessions.begin() as session:
                record(session, None, "film.view")

    thread = threading.Thread(target=write)
    thread.start()
    made = [hospital.back_up(tmp_path / f"{number}.tar") for number in range(3)]
    stop.set()
    thread.join()
    engine.dispose()

    for file in made:
        with tarfile.open(file) as archive:
            mark = int(archive.extractfile("readings/audit.mark").read().split()[0])
        assert mark <= manifest(file).counts["audit rows"]
