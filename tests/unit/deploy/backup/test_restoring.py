"""Back again: all of it, or nothing is touched."""

import contextlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from alembic import command

from databases.connection import connect
from erasure.asked import Asked
from erasure.sealed.chunks import TAG_BYTES
from local.backup.encryption import CHUNK_BYTES, MAGIC, SHARE_BYTES
from local.backup.manifest import NAME
from local.backup.swapping import Swap, swap
from local.errors import BackupError, InUseError, NoRoomError
from review import database as room_database
from review.audit import record
from review.chain.opened import open_chain
from scp.forgetting.forget import opened
from tests.unit.deploy.backup.sites import DEAD, LATER, WAITING, Hospital, small
from tests.unit.scp.test_migrations import FILMS, FIRST

HEADER_BYTES = len(MAGIC) + 1 + SHARE_BYTES


def rewritten(file: Path, name: str, change) -> Path:
    """The same archive, but for one file: change is given its bytes, and says what they become; None for none."""
    other = file.with_name("changed.tar")
    with tarfile.open(file) as old, tarfile.open(other, "w") as new:
        for entry in old:
            data = old.extractfile(entry).read()
            if entry.name == name:
                data = change(data)
            if data is not None:
                entry.size = len(data)
                new.addfile(entry, BytesIO(data))
    return other


def untouched(hospital: Hospital) -> tuple[object, ...]:
    """All that a restore would change, and that nothing of it is left."""
    left = sorted(path.name for path in hospital.places.run.iterdir())
    return hospital.content(), hospital.films(), hospital.opinions(), left


def test_what_was_wiped_comes_back_as_it_was(hospital, backup):
    before = hospital.content(), hospital.films(), hospital.opinions()
    shutil.rmtree(hospital.places.run)
    shutil.rmtree(hospital.folder / "trusted")

    hospital.restore(backup)

    assert (hospital.content(), hospital.films(), hospital.opinions()) == before
    assert hospital.places.token.read_text() == "the token"
    assert (hospital.folder / "trusted" / "ours.pub").read_text() == "a public key"
    assert "audit: whole: rows 1 to 2" in hospital.told
    assert stat.S_IMODE(hospital.places.films.stat().st_mode) == 0o700
    kept = [path for path in hospital.places.films.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept if ".sqlite" not in path.name} == {0o600}


def test_what_waits_is_taken_up_in_the_order_in_which_it_came(hospital, tmp_path):
    hospital.arrive(LATER)
    for number, path in enumerate(sorted((hospital.places.films / "waiting").iterdir(), reverse=True)):
        os.utime(path, (1000 + number, 1000 + number))
    before = hospital.spool.waiting()
    backup = hospital.back_up(tmp_path / "backup.tar")
    shutil.rmtree(hospital.places.films)

    hospital.restore(backup)

    assert hospital.spool.waiting() == before


def test_what_was_there_is_kept_under_another_name_and_what_was_set_since_stays(hospital, backup):
    hospital.arrive(LATER)
    hospital.places.token.write_text("a newer token")
    (hospital.folder / "trusted" / "ours.pub").unlink()
    (hospital.folder / "trusted" / "newer.pub").write_text("another public key")

    hospital.restore(backup)

    assert LATER.id not in [film for film, *_ in hospital.films()]
    (kept,) = hospital.places.run.glob("films.before-*")
    assert (kept / "waiting" / f"{LATER.id}.dcm").exists()
    assert f"kept: what was there: {kept}" in hospital.told
    assert hospital.places.token.read_text() == "a newer token"
    assert [path.name for path in (hospital.folder / "trusted").iterdir()] == ["newer.pub"], "a key that was revoked"
    assert (hospital.places.lessons / "signing.key").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_files_are_again_those_of_the_user_whose_they_were(hospital, tmp_path):
    """In containers that is not who makes backups and restores."""
    for path in (hospital.places.run, *hospital.places.run.rglob("*")):
        os.chown(path, 10001, 10001)
    backup = hospital.back_up(tmp_path / "backup.tar")
    shutil.rmtree(hospital.places.films)
    hospital.places.token.unlink()

    hospital.restore(backup)

    restored = [hospital.places.token]
    restored += [path for folder in (hospital.places.films, hospital.places.review) for path in folder.rglob("*")]
    assert {path.stat().st_uid for path in restored if "before" not in str(path)} == {10001}
    assert hospital.places.review.stat().st_uid == 10001


def test_a_setting_without_a_place_is_told(hospital, tmp_path, monkeypatch):
    (tmp_path / "routes.yaml").write_text("routes: []")
    monkeypatch.setenv("CXR_SCP_ROUTES", str(tmp_path / "routes.yaml"))
    backup = hospital.back_up(tmp_path / "backup.tar")
    monkeypatch.delenv("CXR_SCP_ROUTES")

    hospital.restore(backup)

    assert [line for line in hospital.told if "routes.yaml is in the backup, and no variable says" in line]


def test_an_older_backup_brings_its_own_mark_and_the_audit_is_whole(hospital, backup):
    engine = connect(hospital.site.room.database_url)
    with room_database.sessions(engine, open_chain(hospital.site.room, engine)).begin() as session:
        record(session, None, "film.view")
    engine.dispose()

    hospital.restore(backup)

    assert "audit: whole: rows 1 to 2" in hospital.told


@pytest.mark.parametrize("name", ["databases/readings.sqlite", "readings/audit.key", f"films/dead/{'c' * 32}.dcm"])
def test_one_changed_byte_is_found_before_anything_is_touched(hospital, backup, name):
    before = untouched(hospital)
    changed = rewritten(backup, name, lambda data: data[:-1] + bytes([data[-1] ^ 1]))

    with pytest.raises(BackupError, match=f"{name} in .* is not as it was when it was backed up"):
        hospital.restore(changed)

    assert untouched(hospital) == before


def test_a_missing_file_is_found(hospital, backup):
    changed = rewritten(backup, f"films/dead/{'c' * 32}.json", lambda data: None)

    with pytest.raises(BackupError, match="is missing"):
        hospital.restore(changed)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_backup_that_was_cut_short_is_refused(hospital, backup, share):
    before = untouched(hospital)
    with backup.open("r+b") as file:
        file.truncate(int(backup.stat().st_size * share) // 512 * 512)

    with pytest.raises(BackupError, match=r"cut short|damaged"):
        hospital.restore(backup)

    assert untouched(hospital) == before


def test_something_else_is_no_backup(hospital, tmp_path):
    (tmp_path / "other").write_bytes(os.urandom(4096))

    with pytest.raises(BackupError, match="no backup"):
        hospital.restore(tmp_path / "other")


@pytest.mark.parametrize(
    "entry", ["../outside", "/etc/outside", "films/../../outside", "other/file", "films", "films//x", "films/./x"]
)
def test_no_name_in_an_archive_leads_elsewhere(hospital, backup, tmp_path, entry):
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(entry), BytesIO(b""))

    with pytest.raises(BackupError, match="is no name of a file in a backup of ours"):
        hospital.restore(tmp_path / "evil.tar")


def test_a_link_in_an_archive_is_refused(hospital, tmp_path):
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        entry = tarfile.TarInfo("films/waiting/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)

    with pytest.raises(BackupError, match="is no plain file"):
        hospital.restore(tmp_path / "evil.tar")


def test_a_backup_in_a_newer_form_is_refused(hospital, backup):
    def newer(data: bytes) -> bytes:
        told = json.loads(data) | {"format": 99}
        told["versions"]["cxr-cascade"] = "9.0"
        return json.dumps(told).encode()

    with pytest.raises(BackupError, match=r"made by 9\.0, in a form that this version does not know"):
        hospital.restore(rewritten(backup, NAME, newer))


@pytest.mark.parametrize(("folder", "table"), [("films", "ledger_version"), ("review", "alembic_version")])
def test_a_database_of_a_newer_version_is_refused_and_nothing_is_touched(hospital, tmp_path, folder, table):
    file = {"films": hospital.places.films / "ledger.sqlite", "review": hospital.places.review / "review.sqlite"}[
        folder
    ]
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute(f"UPDATE {table} SET version_num = '9999'")  # noqa: S608 - our own words
        connection.commit()
    backup = hospital.back_up(tmp_path / "backup.tar")
    before = sorted(path.name for path in hospital.places.run.iterdir())

    with pytest.raises(BackupError, match="has the tables of schema 9999"):
        hospital.restore(backup)

    assert sorted(path.name for path in hospital.places.run.iterdir()) == before


def test_a_backup_with_the_first_tables_is_brought_to_those_of_this_version(hospital, tmp_path):
    opinions, ledger = hospital.opinions(), hospital.places.films / "ledger.sqlite"
    engine = connect(hospital.site.room.database_url)
    with engine.begin() as connection:
        command.downgrade(room_database.SCHEMA.configuration(connection), "0001")
    engine.dispose()
    ledger.unlink()
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        connection.executescript(FIRST.read_text())
    backup = hospital.back_up(tmp_path / "backup.tar")
    shutil.rmtree(hospital.places.run)

    hospital.restore(backup)

    head = room_database.SCHEMA.head
    assert f"migrated: the reading room's database, from schema 0001 to {head}" in hospital.told
    assert hospital.opinions() == opinions
    assert hospital.films() == FILMS


def test_what_is_in_use_is_not_pulled_away(hospital, backup):
    engine = connect(hospital.site.listener.ledger_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM instance").scalar()

    with pytest.raises(InUseError, match=r"ledger\.sqlite is in use"):
        hospital.restore(backup)
    engine.dispose()
    hospital.restore(backup)


def test_who_was_forgotten_after_the_backup_does_not_come_back(hospital, backup):
    """By the tombstones of the folder that is kept."""
    with opened(hospital.site.listener) as forgetter:
        forgetter.forget(Asked(films=frozenset({WAITING.id}), reason="asked for"))

    hospital.restore(backup)

    assert WAITING.id not in [film for film, *_ in hospital.films()]
    assert hospital.spool.held().keys() == {DEAD.id}


def test_a_damaged_database_does_not_keep_a_backup_from_being_restored(hospital, backup):
    before = hospital.films()
    (hospital.places.films / "ledger.sqlite").write_bytes(b"no database at all" * 1000)

    hospital.restore(backup)

    assert hospital.films() == before


def test_too_little_room_for_a_restore_is_told(hospital, backup):
    with backup.open("r+b") as file:
        file.truncate(10**13)

    with pytest.raises(NoRoomError, match="Nothing was restored"):
        hospital.restore(backup)


def test_where_one_folder_cannot_be_swapped_the_others_go_back(tmp_path):
    for name in ("films", "films.new", "readings"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "is").write_text(name)

    with pytest.raises(OSError, match=r"missing\.new"):
        swap(
            [Swap(tmp_path / "films.new", tmp_path / "films"), Swap(tmp_path / "missing.new", tmp_path / "readings")],
            "20260101T000000Z",
        )

    assert {path.name: (path / "is").read_text() for path in tmp_path.iterdir()} == {
        name: name for name in ("films", "films.new", "readings")
    }


def test_a_ledger_in_a_file_elsewhere_comes_back_there(tmp_path, monkeypatch):
    monkeypatch.setenv("CXR_SCP_LEDGER", f"sqlite:///{tmp_path / 'elsewhere' / 'book.sqlite'}")
    (tmp_path / "elsewhere").mkdir()
    hospital = small(tmp_path / "hospital")
    before, backup = hospital.films(), hospital.back_up(tmp_path / "backup.tar")
    hospital.arrive(LATER)

    hospital.restore(backup)

    assert hospital.films() == before
    assert len(list((tmp_path / "elsewhere").glob("book.sqlite.before-*"))) == 1


def openssl(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def keys(tmp_path):
    """Of X25519, as the handbook makes them: the private one, and the public one."""
    private, public = tmp_path / "backup.key", tmp_path / "backup.pub"
    openssl("genpkey", "-algorithm", "x25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def test_an_encrypted_backup_shows_nothing_and_comes_back_with_the_passphrase(hospital, tmp_path):
    key = tmp_path / "passphrase"
    key.write_text("twelve words that nobody guesses\n")
    before = hospital.content()

    backup = hospital.back_up(tmp_path / "backup.enc", key)

    data = backup.read_bytes()
    assert [word for word in (b"films/waiting", b"pixels of", b"MODALITY", b"the token") if word in data] == []
    shutil.rmtree(hospital.places.run)
    hospital.restore(backup, key)
    assert hospital.content() == before


def test_who_makes_backups_for_a_public_key_cannot_read_them(hospital, tmp_path, keys):
    private, public = keys
    before = hospital.content()
    backup = hospital.back_up(tmp_path / "backup.enc", public)

    with pytest.raises(BackupError, match="no private key"):
        hospital.restore(backup, public)
    hospital.restore(backup, private)

    assert hospital.content() == before


def test_without_or_with_another_key_nothing_is_restored(hospital, tmp_path, keys):
    (tmp_path / "passphrase").write_text("twelve words that nobody guesses")
    (tmp_path / "other").write_text("twelve other words that nobody guesses")
    (tmp_path / "short").write_text("secret")
    backup = hospital.back_up(tmp_path / "backup.enc", tmp_path / "passphrase")

    for key, told in {None: "is encrypted: say DECRYPT", "other": "key is another", "short": "at least 16"}.items():
        with pytest.raises(BackupError, match=told):
            hospital.restore(backup, tmp_path / key if key else None)


@pytest.mark.parametrize("at", [40, 200, -1])
def test_one_changed_byte_of_an_encrypted_backup_is_found(hospital, tmp_path, keys, at):
    private, public = keys
    backup = hospital.back_up(tmp_path / "backup.enc", public)
    data = bytearray(backup.read_bytes())
    data[at] ^= 1
    backup.write_bytes(data)

    with pytest.raises(BackupError, match="cannot be decrypted"):
        hospital.restore(backup, private)


@pytest.mark.parametrize("cut", [1, 1000, CHUNK_BYTES + TAG_BYTES])
def test_an_encrypted_backup_that_was_cut_short_is_refused(hospital, tmp_path, keys, cut):
    private, public = keys
    (hospital.places.review / "pictures" / "large.png").write_bytes(bytes(3 * CHUNK_BYTES))
    backup = hospital.back_up(tmp_path / "backup.enc", public)
    whole = backup.stat().st_size - HEADER_BYTES
    with backup.open("r+b") as file:  # once within a chunk, and once where one ends
        file.truncate(HEADER_BYTES + (whole - cut if cut < CHUNK_BYTES else cut))

    with pytest.raises(BackupError, match="cannot be decrypted"):
        hospital.restore(backup, private)
