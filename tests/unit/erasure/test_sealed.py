"""Encryption at rest: what is on the disk, what is read of it, and what is left once a film's key is gone."""

import os
import shutil
import sys

import pytest

from erasure.sealed import kek, ring
from erasure.sealed.errors import DamagedError, LockedError, NoKeyError
from erasure.sealed.form import CHUNK_BYTES, HEADER_BYTES
from erasure.sealed.keys import FILE, FREE, RECORD_BYTES, Keys
from erasure.sealed.settings import AtRest
from erasure.sealed.vault import Vault

FILM, OTHER = "a" * 32, "b" * 32
KEY, NEWER = "11" * 32, "22" * 32
WHOLE = bytes(range(256)) * 800


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "disk.key"
    path.write_text(KEY)
    path.chmod(0o600)
    return path


@pytest.fixture
def folder(tmp_path):
    (made := tmp_path / "films").mkdir()
    return made


def opened(folder, key) -> Vault:
    return Vault.of(folder, AtRest(disk_key=str(key)))


def kept(vault, folder, data=WHOLE, film=FILM, name="film"):
    path = folder / name
    path.write_bytes(vault.seal(film, data))
    return path


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_film_is_read_as_it_came_whether_at_once_or_in_pieces(folder, key, size):
    vault, data = opened(folder, key), WHOLE[:size]
    path = kept(vault, folder, data)
    with vault.create(folder, ".dcm") as file:
        for at in range(0, size, 1000):
            file.write(data[at : at + 1000])

    for each in (path, folder / file.name):
        assert (vault.read(each), vault.size(each)) == (data, size)
    assert vault.unseal(path.read_bytes(), FILM) == data


def test_a_part_is_read_without_what_is_before_it(folder, key):
    vault = opened(folder, key)
    with vault.open(kept(vault, folder)) as file:
        for start, size in ((150_000, 10), (CHUNK_BYTES - 5, 10), (0, 3), (len(WHOLE) - 2, 10)):
            assert file.seek(start) == start
            assert file.read(size) == WHOLE[start : start + size]
        assert (file.seek(-4, os.SEEK_END), file.read()) == (len(WHOLE) - 4, WHOLE[-4:])


def test_nothing_of_a_film_is_in_its_file_and_no_two_files_are_alike(folder, key):
    vault = opened(folder, key)
    data = b"DICM Mustermann^Erika" * 5000
    three = (FILM, "1"), (FILM, "2"), (OTHER, "3")
    files = [kept(vault, folder, data, film, name).read_bytes() for film, name in three]

    assert all(b"Mustermann" not in each and b"DICM" not in each for each in files)
    bodies = [each[HEADER_BYTES:] for each in files]
    assert len(set(bodies)) == len({body[:64] for body in bodies}) == 3


def moved(data: bytes) -> bytes:
    header, chunks, size = data[:HEADER_BYTES], data[HEADER_BYTES:], CHUNK_BYTES + 16
    return header + chunks[size : 2 * size] + chunks[:size] + chunks[2 * size :]


@pytest.mark.parametrize(
    "harm",
    [
        lambda data: data[:-1],
        lambda data: data[: HEADER_BYTES + CHUNK_BYTES + 16],  # where a chunk ends
        lambda data: data[:HEADER_BYTES],
        lambda data: data[: HEADER_BYTES - 1],
        lambda data: data + b"\0",
        lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
        lambda data: data[: HEADER_BYTES - 1] + bytes([data[HEADER_BYTES - 1] ^ 1]) + data[HEADER_BYTES:],
        moved,
    ],
)
def test_a_file_that_was_changed_moved_or_cut_short_is_not_read_as_a_film(folder, key, harm):
    vault = opened(folder, key)
    path = kept(vault, folder)
    path.write_bytes(harm(path.read_bytes()))

    with pytest.raises(DamagedError):
        vault.read(path, FILM)


def test_another_films_file_is_not_read_as_this_ones(folder, key):
    vault = opened(folder, key)

    with pytest.raises(DamagedError, match="another film's"):
        vault.read(kept(vault, folder, film=OTHER), FILM)


def test_a_films_key_is_on_the_disk_before_its_file_is_kept(folder, key, monkeypatch):
    vault = opened(folder, key)
    with vault.create(folder, ".dcm") as file:
        file.write(WHOLE)
    path = folder / file.name
    forced = []
    monkeypatch.setattr(os, "fsync", lambda handle: forced.append(os.readlink(f"/proc/self/fd/{handle}")))

    vault.adopt(path, FILM)
    vault.seal(OTHER, b"a report")

    assert forced == [str(folder / FILE)] * 2
    assert opened(folder, key).read(path, FILM) == WHOLE


def test_a_forgotten_films_copies_are_noise_and_other_films_stay(folder, key, tmp_path):
    vault = opened(folder, key)
    path, other = kept(vault, folder), kept(vault, folder, film=OTHER, name="other")
    before = (folder / FILE).read_bytes()

    assert vault.forget([FILM]) == 1

    for each in (vault, opened(folder, key)):
        with pytest.raises(DamagedError, match="forgotten"):
            each.read(path)
        assert each.read(other) == WHOLE
    after = (folder / FILE).read_bytes()
    assert after[RECORD_BYTES:][:RECORD_BYTES] == FREE and len(after) == len(before), "overwritten where it was"


def test_a_film_that_comes_again_after_it_was_forgotten_has_another_key(folder, key):
    vault = opened(folder, key)
    before = kept(vault, folder)
    vault.forget([FILM])

    again = kept(vault, folder, name="again")

    assert vault.read(again, FILM) == WHOLE
    assert (folder / FILE).stat().st_size == 2 * RECORD_BYTES, "in the place that is free"
    with pytest.raises(DamagedError):
        vault.read(before, FILM)


def test_keys_of_films_that_are_gone_for_hours_are_destroyed_and_no_others(folder, key, monkeypatch):
    vault = opened(folder, key)
    path, other = kept(vault, folder), kept(vault, folder, film=OTHER, name="other")
    now = [0.0]
    monkeypatch.setattr(ring.time, "monotonic", lambda: now[0])

    assert vault.sweep([OTHER]) == 0, "a backup may have its file, and not the keys yet"
    now[0] = ring.SWEPT_AFTER_S
    assert vault.sweep([OTHER]) == 1

    assert vault.read(other) == WHOLE
    with pytest.raises(DamagedError):
        vault.read(path)


def test_what_was_received_and_not_kept_leaves_no_key(folder, key):
    vault = opened(folder, key)
    for _ in range(3):
        with vault.create(folder, ".dcm") as file:
            file.write(WHOLE)
        vault.drop(folder / file.name)
    with vault.create(folder, ".dcm") as file:
        file.write(WHOLE)

    opened(folder, key).clear_incoming()

    assert set((folder / FILE).read_bytes()[RECORD_BYTES:]) == {0}
    assert (folder / FILE).stat().st_size == 2 * RECORD_BYTES


def test_the_key_is_changed_while_films_come_and_none_is_written_anew(folder, key, tmp_path):
    running = opened(folder, key)
    path = kept(running, folder)
    files, old = path.read_bytes(), shutil.copy(folder / FILE, tmp_path / "old")

    key.write_text(f"{NEWER}\n{KEY}\n")
    assert opened(folder, key).rekey() == 1
    key.write_text(NEWER)

    assert path.read_bytes() == files
    assert running.read(kept(running, folder, name="during"), FILM) == running.read(path) == WHOLE
    assert opened(folder, key).rekey() == 0
    shutil.copy(old, folder / FILE)  # as in an older backup: without the old key it opens nothing
    with pytest.raises(NoKeyError, match="put the other one back"):
        opened(folder, key)


def test_a_change_that_was_interrupted_goes_on(folder, key):
    vault = opened(folder, key)
    paths = [kept(vault, folder, film=film, name=film) for film in (FILM, OTHER)]
    key.write_text(f"{NEWER}\n{KEY}\n")
    Keys(folder, b"").choose(kek.read(AtRest(disk_key=str(key))).first)  # as far as it came

    assert all(vault.read(path) == WHOLE for path in paths)
    assert opened(folder, key).rekey() == 2


def test_a_key_that_is_gone_while_we_run_loses_nothing(folder, key, tmp_path):
    vault = opened(folder, key)
    path = kept(vault, folder)
    key.write_text(NEWER)
    other = kept(opened(tmp_path / "other", key), tmp_path, film=OTHER, name="elsewhere")
    shutil.copy(tmp_path / "other" / FILE, folder / FILE)  # as where another process has changed it
    key.write_text(KEY)

    with pytest.raises(LockedError, match="not among those that are given"):
        vault.read(other, OTHER)
    assert path.exists()


def test_a_command_gives_the_key_without_a_shell(folder, tmp_path):
    command = f"{sys.executable} -c 'print(\"ERERERERERERERERERERERERERERERERERERERERERE=\")'"  # base64 of KEY
    vault = Vault.of(folder, AtRest(disk_key_command=command))
    path = kept(vault, folder)
    (file := tmp_path / "same").write_text(KEY)
    file.chmod(0o600)

    assert opened(folder, file).read(path) == WHOLE
    wrongs = {"false": "ended with 1", "no-such-program": "No such file", "echo secret; ls": "not a key"}
    for wrong, told in wrongs.items():
        with pytest.raises(NoKeyError, match=told) as error:
            Vault.of(folder, AtRest(disk_key_command=wrong))
        assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0o600, "No such file"),
        ("", 0o600, "not a key"),
        ("11" * 31, 0o600, "not a key"),
        (f"{KEY}\nsomething", 0o600, "not a key"),
        (KEY, 0o604, "chmod 600"),
        (NEWER, 0o600, "put the other one back"),
    ],
)
def test_without_the_right_key_nothing_starts_and_it_is_said_why(folder, key, content, mode, told):
    kept(opened(folder, key), folder)
    key.unlink()
    if content is not None:
        key.write_text(content)
        key.chmod(mode)

    with pytest.raises(NoKeyError, match=told) as error:
        opened(folder, key)
    assert KEY not in str(error.value) and NEWER not in str(error.value)


def test_encrypted_films_are_not_taken_for_clear_ones_and_the_key_is_kept_apart(folder, key):
    kept(opened(folder, key), folder)
    for settings in (AtRest(), AtRest(disk_key="none")):
        with pytest.raises(NoKeyError, match="DISK_KEY has to name the key"):
            Vault.of(folder, settings)
    inside = shutil.copy(key, folder / "disk.key")
    with pytest.raises(NoKeyError, match="keep the key apart"):
        opened(folder, inside)


def test_what_was_kept_in_clear_is_still_read(folder, key):
    (path := folder / "film").write_bytes(WHOLE)

    assert opened(folder, key).read(path, FILM) == WHOLE
    assert Vault.of(folder, AtRest(disk_key="none")).read(path, FILM) == WHOLE


def test_others_can_reach_us_only_where_films_are_encrypted_or_it_is_said_that_they_are_not():
    with pytest.raises(ValueError, match="films on the disk must be encrypted"):
        AtRest().check_disk_key(reachable=True)
    with pytest.raises(ValueError, match="not both"):
        AtRest(disk_key="key", disk_key_command="command").check_disk_key(reachable=False)
    AtRest().check_disk_key(reachable=False)
    for settings in (AtRest(disk_key="none"), AtRest(disk_key="key"), AtRest(disk_key_command="command")):
        settings.check_disk_key(reachable=True)
