"""Encrypted films in a backup: they come back with the key, which is not in it, but not who was forgotten since."""

import tarfile

import pytest

from erasure.asked import Asked
from erasure.sealed.errors import DamagedError
from local.errors import BackupError
from scp.forgetting.forget import opened
from tests.unit.deploy.backup.sites import ASSESSED, DEAD, WAITING, manifest, small

KEY = "11" * 32


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "disk.key"
    path.write_text(KEY)
    path.chmod(0o600)
    return path


@pytest.fixture
def hospital(tmp_path, key):
    return small(tmp_path / "site", CXR_SCP_DISK_KEY=str(key))


def test_encrypted_films_come_back_and_who_was_forgotten_since_does_not(hospital, tmp_path):
    file = hospital.back_up(tmp_path)
    before = hospital.spool.path(WAITING.id).read_bytes()
    with opened(hospital.site.listener) as forgetter:
        forgetter.forget(Asked("asked for it in writing", films=(WAITING.id,)))

    hospital.restore(file)

    vault, films = hospital.spool.vault, hospital.places.films
    assert vault.read(films / "objects" / ASSESSED.id / "sr", ASSESSED.id) == b"a report"
    assert vault.read(films / "dead" / f"{DEAD.id}.dcm", DEAD.id) == f"film {DEAD.id}".encode()
    assert not hospital.spool.waits(WAITING.id)
    (tmp_path / "copy").write_bytes(before)
    with pytest.raises(DamagedError, match="forgotten"):
        vault.read(tmp_path / "copy")


def test_a_backup_has_films_keys_but_not_the_key_that_they_are_encrypted_by(hospital, tmp_path, key):
    file = hospital.back_up(tmp_path)

    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert "films/films.keys" in names and names.index("films/films.keys") > names.index(f"films/dead/{DEAD.id}.dcm")
    data = file.read_bytes()
    told = manifest(file).left_out
    assert [str(key) in each and "NOT in the backup" in each for each in told] == [True]
    assert KEY.encode() not in data and bytes.fromhex(KEY) not in data and b"film " + DEAD.id.encode() not in data


def test_nothing_is_restored_where_the_key_is_another_one(hospital, tmp_path, key):
    file = hospital.back_up(tmp_path)
    before = hospital.content()
    key.write_text("22" * 32)

    with pytest.raises(BackupError, match=r"put the other one back.*Nothing was restored"):
        hospital.restore(file)

    assert hospital.content() == before
