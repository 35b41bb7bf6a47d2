"""Films' pictures on the reading room's disk: encrypted, shown, exported, and gone with their key."""

import shutil

import numpy as np
import pytest
from sqlalchemy import select

from erasure.sealed.vault import Vault
from review import cli
from review.app import create_app
from review.arrivals.pictures import Pictures, decode
from review.errors import DamagedPictureError
from review.export import exported
from review.people import Audit
from tests.unit.review.erased import WHY, study_of
from tests.unit.review.whole import whole

KEY, NEWER = "11" * 32, "22" * 32
STARTS = (b"\x89PNG", b"IHDR", b"IDAT")


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "disk.key"
    path.write_text(KEY)
    path.chmod(0o600)
    return path


@pytest.fixture
def room(tmp_path, key, monkeypatch):
    monkeypatch.setenv("REVIEW_FOLDER", str(tmp_path / "readings"))
    monkeypatch.setenv("REVIEW_DISK_KEY", str(key))
    with whole(tmp_path / "readings", disk_key=str(key)) as running:
        yield running


def clear(folder):
    """Files of pictures that anybody can read."""
    return [path for path in folder.rglob("*.png") if any(each in path.read_bytes() for each in STARTS)]


def test_pictures_are_encrypted_on_the_disk_and_shown_as_they_are(room):
    film = room.film()
    browser = room.browser("ada")
    (assessment,) = [each["id"] for each in room.site.assessments if each["film_id"] == film]

    assert clear(room.settings.folder) == []
    for name in ("radiograph", "thumbnail", f"{assessment}/heat/no_pathology"):
        answer = browser.get(f"/films/{film}/{name}.png")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
        assert (decode(answer.content) == 128).all()


def test_a_copy_of_the_pictures_cannot_be_read_after_the_film_was_forgotten(room, tmp_path):
    film, other = study_of(room)
    copy = shutil.copytree(room.settings.pictures, tmp_path / "copy")

    assert cli.main(["forget", "--patient", "PID-4711-77", *WHY, "--yes"]) == 0

    again = Pictures(copy, vault=Vault.of(room.settings.folder, room.settings))
    assert decode(again.radiograph(other)).size
    with pytest.raises(DamagedPictureError, match="forgotten"):
        again.radiograph(film)


def test_a_damaged_picture_is_an_error_that_says_so(room):
    film = room.film()
    path = room.settings.pictures / film / "radiograph.png"
    path.write_bytes(path.read_bytes()[:-1])

    answer = room.browser("ada").get(f"/films/{film}/radiograph.png")

    assert answer.status_code == 500 and "changed or cut short" in answer.json()["detail"]
    vault = Vault.of(room.settings.folder, room.settings)
    assert exported.read(path, (8, 8), vault) == "its picture is damaged"


def test_an_export_has_the_pixels(room):
    film = room.film()
    path, vault = room.settings.pictures / film / "radiograph.png", Vault.of(room.settings.folder, room.settings)
    pixels = decode(Pictures(room.settings.pictures, vault=vault).radiograph(film))

    assert np.array_equal(exported.read(path, (pixels.shape[0], pixels.shape[1]), vault), pixels)


def test_pictures_of_before_are_encrypted_by_rekey_and_the_key_is_changed(room, key, capsys):
    film, shown = room.film(), room.film()
    path = room.settings.pictures / film / "radiograph.png"
    vault = Vault.of(room.settings.folder, room.settings)
    path.write_bytes(vault.read(path))
    assert clear(room.settings.folder) == [path]
    key.write_text(f"{NEWER}\n{KEY}\n")

    assert cli.main(["rekey"]) == 0
    key.write_text(NEWER)

    assert "2 films' keys" in (said := capsys.readouterr().out) and "1 files" in said
    assert clear(room.settings.folder) == []
    browser = room.browser("ada")
    assert {browser.get(f"/films/{each}/radiograph.png").status_code for each in (film, shown)} == {200}
    with room.site.session() as session:
        (row,) = session.scalars(select(Audit).where(Audit.action == "disk.rekey"))
    assert row.detail["keys"] == 2 and row.detail["files"] == 1


def test_a_room_without_its_key_does_not_start_and_says_why(room, monkeypatch, capsys):
    room.film()
    monkeypatch.setenv("REVIEW_DISK_KEY", "none")

    assert cli.main(["rekey"]) == 1
    assert "REVIEW_DISK_KEY has to name the key" in capsys.readouterr().err
    with pytest.raises(ValueError, match="has to name the key"), whole_of(room.settings.folder):
        pass


def whole_of(folder):
    from starlette.testclient import TestClient

    from review.settings import Settings

    return TestClient(create_app(Settings(folder=folder, secure=False, feed=False, disk_key="none")))
